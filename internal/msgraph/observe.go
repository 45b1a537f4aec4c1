package msgraph

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// observed is the policy that tells Options.Observe of each try, and ObserveInner of
// each that is no batch.
type observed struct {
	root        string // the escaped path of the version root
	tell, inner func(route, status string)
}

func newObserved(opts Options) observed {
	return observed{root: rootPath(opts.URL), tell: orNobody(opts.Observe), inner: orNobody(opts.ObserveInner)}
}

func orNobody(tell func(route, status string)) func(route, status string) {
	if tell == nil {
		return func(string, string) {}
	}
	return tell
}

// Do counts by what was asked, never by whom or for which device.
func (o observed) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	raw := req.Raw()
	route, word := routeOf(raw.Method, strings.TrimPrefix(raw.URL.EscapedPath(), o.root)), statusWord(resp, err)
	o.tell(route, word)
	if route != batchRoute.String() {
		o.inner(route, word)
	}
	return resp, err
}

// observeInner tells of a batch's members, if it was sent.
func (c *Client) observeInner(members []inner, got batched) {
	if !got.reached {
		return
	}
	for i, in := range members {
		word := "failed"
		switch {
		case got.outer != nil:
			word = codeWord(got.outer.status)
		case got.err != nil:
			word = statusWord(nil, got.err)
		case got.replies[i].err == nil:
			word = codeWord(got.replies[i].status)
		}
		c.tellInner(routeOf(in.method(), in.ref.path), word)
	}
}

// known are Routes and the batches', in parts, for those that are looked up.
var known = func() (all []knownRoute) {
	for _, name := range append(Routes(), batchRoute.String()) {
		method, template, _ := strings.Cut(name, " ")
		segments := strings.Split(template, "/")
		end := "/" + segments[len(segments)-1]
		if strings.HasPrefix(end, "/{") {
			end = ""
		}
		all = append(all, knownRoute{name, method, end, segments})
	}
	return all
}()

type knownRoute struct {
	name, method string
	end          string // of each of its paths: one look tells most of them apart
	segments     []string
}

// routeOf returns the one of Routes that a path belongs to, or the batches', "other" if
// none.
func routeOf(method, path string) string {
	for i := range known {
		if k := &known[i]; k.method == method && strings.HasSuffix(path, k.end) && matches(k.segments, path) {
			return k.name
		}
	}
	return "other"
}

func matches(template []string, path string) bool {
	more := true
	for _, part := range template {
		if !more {
			return false
		}
		var segment string
		if segment, path, more = strings.Cut(path, "/"); segment != part && !strings.HasPrefix(part, "{") {
			return false
		}
	}
	return !more
}

// statusWord says how a request ended.
func statusWord(resp *http.Response, err error) string {
	var timeout net.Error
	switch {
	case err == nil:
		return codeWord(resp.StatusCode)
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timeout"
	}
	return "failed"
}

// codeWord returns a status as digits, if it is one that has a name.
func codeWord(status int) string {
	if http.StatusText(status) == "" {
		return strconv.Itoa(status/100) + "xx"
	}
	return strconv.Itoa(status)
}
