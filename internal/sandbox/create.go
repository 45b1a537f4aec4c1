package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// exclusive are the kinds of which a device takes one at a time.
func exclusive(kind string) bool {
	return kind == "deviceRestart" || kind == "deviceDiagnostics" || kind == "softwareUpdate"
}

// add starts an operation unless one of its kind is under way. finish is called with the device locked.
func (s *Server) add(u *unit, t *task, now time.Time, finish func(dice)) *problem {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.remember(s, now)
	u.created++
	d := roll(u.seed, "created", u.index, u.created)
	t.id, t.by = d.guid(), raw(app(u.seed, "Sandbox caller"))
	if u.created == 1 { // what a newcomer tries first works
		t.outcome = "Successful"
	}
	finish(d)
	if exclusive(t.kind) && t.isMoving(now) &&
		slices.ContainsFunc(u.tasks, func(other *task) bool { return other.kind == t.kind && other.isMoving(now) }) {
		u.created--
		return conflict(t.kind)
	}
	u.install(t, now)
	u.remember(s, now, t)
	s.stats.creates.Add(1)
	return nil
}

// createOperation is the draft page's POST: what is given is stored and comes back as it was given. An operation that
// is given one of the states on the way, and no completion, then walks on by itself; any other stays as it is.
func (s *Server) createOperation(c *call) answer {
	u, ok := s.byID[c.device]
	if !ok {
		return noDevice.answer(c)
	}
	body := map[string]json.RawMessage{}
	if p := c.decode(&body); p != nil {
		return p.answer(c)
	}
	t := &task{first: len(states)}
	if p := t.read(body); p != nil {
		return p.answer(c)
	}
	first := slices.IndexFunc(states, func(state string) bool { return strings.EqualFold(state, *t.given.Status) })
	p := s.add(u, t, c.now, func(d dice) {
		t.steps[0] = c.now
		if first >= 0 && t.given.Completed == nil {
			u.planned(d, t, course{first: first, from: c.now, pace: s.opts.Pace})
		}
	})
	if p != nil {
		return p.answer(c)
	}
	op := t.at(c.now)
	op.Context = c.context(under(c, "operations"), true)
	ans := c.ok(http.StatusCreated, c.options.write(op))
	ans.header.Set("Location", c.root+"/teamwork/devices/"+u.device.ID+"/operations/"+t.id)
	return ans
}

// read takes the members of a body. The names are those of the type, the namespace of @odata.type does not matter.
func (t *task) read(body map[string]json.RawMessage) *problem {
	var kind *string
	for _, name := range slices.Sorted(maps.Keys(body)) { // so that of two mistakes the same is always named
		value, p := body[name], (*problem)(nil)
		switch name {
		case "status":
			t.given.Status, p = textOf(name, value)
		case "operationType":
			kind, p = textOf(name, value)
		case "startedDateTime":
			t.given.Started, p = timeOf(name, value)
		case "completedDateTime":
			t.given.Completed, p = timeOf(name, value)
		case "createdDateTime":
			t.given.Created, p = timeOf(name, value)
		case "lastActionDateTime":
			t.given.LastAction, p = timeOf(name, value)
		case "error":
			t.given.Error, p = objectOf(name, value)
		case "createdBy":
			t.given.CreatedBy, p = objectOf(name, value)
		case "lastActionBy":
			t.given.LastActionBy, p = objectOf(name, value)
		case "id": // read-only, and ignored
		default:
			if !strings.Contains(name, "@") {
				p = badRequest("The property '%s' does not exist on type 'microsoft.graph.teamworkDeviceOperation'.", name)
			}
		}
		if p != nil {
			return p
		}
	}
	if t.given.Status == nil || *t.given.Status == "" {
		return badRequest("The property 'status' is required.")
	}
	if kind == nil {
		return badRequest("The property 'operationType' is required.")
	}
	i := slices.IndexFunc(operationTypes, func(known string) bool { return strings.EqualFold(known, *kind) })
	if i < 0 {
		return badRequest("Requested value '%s' was not found in enum 'teamworkDeviceOperationType'.", *kind)
	}
	t.kind = operationTypes[i]
	return nil
}

func textOf(name string, value json.RawMessage) (*string, *problem) {
	var text *string
	if json.Unmarshal(value, &text) != nil {
		return nil, badRequest("Cannot convert the value of '%s' to the expected type 'Edm.String'.", name)
	}
	return text, nil
}

func timeOf(name string, value json.RawMessage) (*string, *problem) {
	text, p := textOf(name, value)
	if p != nil || text == nil {
		return nil, p
	}
	if _, err := time.Parse(time.RFC3339, *text); err != nil {
		return nil, badRequest("Cannot convert the literal '%s' to the expected type 'Edm.DateTimeOffset'.", *text)
	}
	return text, nil
}

// objectOf keeps an open type as it came, unknown members and all; null counts as not given.
func objectOf(name string, value json.RawMessage) (json.RawMessage, *problem) {
	var members map[string]any
	if json.Unmarshal(value, &members) != nil {
		return nil, badRequest("The value of '%s' must be an object.", name)
	}
	if members == nil {
		return nil, nil
	}
	return value, nil
}

func (s *Server) restart(c *call) answer { return s.act(c, &task{kind: "deviceRestart"}) }

func (s *Server) runDiagnostics(c *call) answer { return s.act(c, &task{kind: "deviceDiagnostics"}) }

// updateSoftware knows the version that the device's health lists as available; null, or none, means the newest.
func (s *Server) updateSoftware(c *call) answer {
	u, ok := s.byID[c.device]
	if !ok {
		return noDevice.answer(c)
	}
	var body struct {
		SoftwareType    string  `json:"softwareType"`
		SoftwareVersion *string `json:"softwareVersion"`
	}
	if p := c.decode(&body); p != nil {
		return p.answer(c)
	}
	kind, ok := softwareType(body.SoftwareType)
	if !ok {
		return badRequest("Requested value '%s' was not found in enum 'teamworkSoftwareType'.", body.SoftwareType).answer(c)
	}
	version := ""
	if body.SoftwareVersion != nil {
		version = *body.SoftwareVersion
	}
	u.look(s, c.now) // its updates count
	if !u.knownVersion(kind, version, c.now) {
		return noVersion.answer(c)
	}
	return s.act(c, &task{kind: "softwareUpdate", software: kind})
}

// act answers an action: 202, no body, and where to look.
func (s *Server) act(c *call, t *task) answer {
	u, ok := s.byID[c.device]
	if !ok {
		return noDevice.answer(c)
	}
	if len(c.body) > 0 && !c.saysJSON() {
		return notJSON.answer(c)
	}
	if p := s.add(u, t, c.now, func(d dice) { u.planned(d, t, course{from: c.now, pace: s.opts.Pace}) }); p != nil {
		return p.answer(c)
	}
	ans := answer{status: http.StatusAccepted, header: http.Header{}}
	ans.header.Set("Location", fmt.Sprintf("/teamwork/devices/%s/operations/%s", u.device.ID, t.id))
	ans.header.Set("Content-Type", "text/plain")
	ans.header.Set("Cache-Control", "no-store")
	return ans
}
