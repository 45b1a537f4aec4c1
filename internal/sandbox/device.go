package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

func (s *Server) listDevices(c *call) answer {
	if c.faults.NoLicense {
		return noLicense.answer(c)
	}
	list := fmt.Sprint("devices", c.options.filter)
	at, p := c.startingAt(list, 0)
	if p != nil {
		return p.answer(c)
	}
	page := collection{Context: c.context("devices", false)}
	i := at.position
	if !c.skipsPage(at) {
		for ; i < len(s.units) && len(page.value) < c.options.top; i++ {
			if u := s.units[i]; c.options.filter.matches(&u.device) {
				page.value = append(page.value, u.listed(c.options))
			}
		}
	}
	for i < len(s.units) && !c.options.filter.matches(&s.units[i].device) {
		i++ // so that a next link leads to something
	}
	if i < len(s.units) {
		page.NextLink = c.nextLink(place{i, at.page + 1}, list)
	}
	return c.ok(http.StatusOK, page.encode())
}

// listed is the device in a list. It never changes.
func (u *unit) listed(o options) []byte {
	return u.written.by(o, func() any { return &u.device })
}

// startingAt reads the token of a list, if there is one.
func (c *call) startingAt(list string, first int) (place, *problem) {
	if c.options.skipToken == "" {
		return place{first, 1}, nil
	}
	return placeOf(c.options.skipToken, list)
}

// skipsPage: a page may be empty and still have a next one.
func (c *call) skipsPage(at place) bool { return c.faults.EmptyPages && at.page%2 == 0 }

func (s *Server) getDevice(c *call) answer {
	return s.read(c, func(u *unit) any {
		d := u.device
		d.Context = c.context("devices", true)
		return &d
	})
}

func (s *Server) getActivity(c *call) answer {
	return s.read(c, func(u *unit) any {
		a := u.activity(s.start, c.options.expand)
		a.Context = c.context(under(c, "activity"), true)
		return a
	})
}

func (s *Server) getConfiguration(c *call) answer {
	return s.read(c, func(u *unit) any {
		u.look(s, c.now) // its updates show
		conf := u.configuration(c.now, c.options.expand)
		conf.Context = c.context(under(c, "configuration"), true)
		return conf
	})
}

func (s *Server) getHealth(c *call) answer {
	return s.read(c, func(u *unit) any {
		u.look(s, c.now) // its updates show
		h := u.health(c.now, c.options.expand)
		h.Context = c.context(under(c, "health"), true)
		return h
	})
}

func (s *Server) read(c *call, what func(*unit) any) answer {
	u, ok := s.byID[c.device]
	if !ok {
		return noDevice.answer(c)
	}
	return c.ok(http.StatusOK, c.options.write(what(u)))
}

// under is the place of a device's part, its key quoted as OData quotes it.
func under(c *call, part string) string {
	return "devices('" + strings.ReplaceAll(c.device, "'", "''") + "')/" + part
}
