package sandbox

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

const batchPattern = "/$batch"

// route is where a path leads.
type route struct {
	pattern           string // empty: nowhere
	unknown           string // the segment that leads nowhere
	device, operation string
}

type handler func(*Server, *call) answer

// handlers are all there is. Metadata knows more, such as PATCH of a device, but no permission covers it.
var handlers = map[string]map[string]handler{
	batchPattern:                             {http.MethodPost: nil}, // see outer; a batch in a batch is refused in inner
	"/teamwork/devices":                      {http.MethodGet: (*Server).listDevices},
	"/teamwork/devices/{id}":                 {http.MethodGet: (*Server).getDevice},
	"/teamwork/devices/{id}/activity":        {http.MethodGet: (*Server).getActivity},
	"/teamwork/devices/{id}/configuration":   {http.MethodGet: (*Server).getConfiguration},
	"/teamwork/devices/{id}/health":          {http.MethodGet: (*Server).getHealth},
	"/teamwork/devices/{id}/operations":      {http.MethodGet: (*Server).listOperations, http.MethodPost: (*Server).createOperation},
	"/teamwork/devices/{id}/operations/{id}": {http.MethodGet: (*Server).getOperation},
	"/teamwork/devices/{id}/restart":         {http.MethodPost: (*Server).restart},
	"/teamwork/devices/{id}/runDiagnostics":  {http.MethodPost: (*Server).runDiagnostics},
	"/teamwork/devices/{id}/updateSoftware":  {http.MethodPost: (*Server).updateSoftware},
}

// below are the fixed segments after a device, in the spelling of the pages. The service takes any case.
var below = []string{"activity", "configuration", "health", "operations", "restart", "runDiagnostics", "updateSoftware"}

// resolve follows a path below the version root. Keys may stand in their own segment or in parentheses.
func resolve(path string) route {
	segments := split(path)
	if len(segments) == 1 && strings.EqualFold(segments[0], "$batch") {
		return route{pattern: batchPattern}
	}
	r := route{}
	for i, want := range []string{"teamwork", "devices"} {
		if i >= len(segments) {
			return route{unknown: ""}
		}
		if !strings.EqualFold(segments[i], want) {
			return route{unknown: segments[i]}
		}
	}
	segments, r.pattern = segments[2:], "/teamwork/devices"
	if len(segments) == 0 {
		return r
	}
	if strings.HasPrefix(segments[0], "$") { // $count and the like have no documentation
		return route{unknown: segments[0]}
	}
	r.device, r.pattern = segments[0], r.pattern+"/{id}"
	if len(segments) == 1 {
		return r
	}
	name, _ := cutPrefixFold(segments[1], "microsoft.graph.")
	i := slices.IndexFunc(below, func(b string) bool { return strings.EqualFold(b, name) })
	if i < 0 {
		return route{unknown: segments[1]}
	}
	r.pattern += "/" + below[i]
	switch {
	case len(segments) == 2:
		return r
	case below[i] != "operations" || len(segments) > 3 || strings.HasPrefix(segments[2], "$"):
		return route{unknown: segments[2]}
	}
	r.operation, r.pattern = segments[2], r.pattern+"/{id}"
	return r
}

// split cuts a path into unescaped segments; devices('x') becomes devices and x. Parentheses that were escaped belong to
// an id.
func split(path string) []string {
	var out []string
	for segment := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		name, key, found := strings.Cut(segment, "(")
		if key = unescape(strings.TrimSuffix(key, ")")); found && len(key) > 1 && key[0] == '\'' && key[len(key)-1] == '\'' {
			out = append(out, unescape(name), strings.ReplaceAll(key[1:len(key)-1], "''", "'"))
			continue
		}
		out = append(out, unescape(segment))
	}
	return out
}

func unescape(segment string) string {
	if text, err := url.PathUnescape(segment); err == nil {
		return text
	}
	return segment
}

// inner does the work of one request: throttled and let down by faults singly, alone or in a batch.
func (s *Server) inner(c *call) answer {
	if ans, stop := s.spoil(c); stop {
		return ans
	}
	ans := s.work(c)
	return s.garble(c, ans)
}

func (s *Server) work(c *call) answer {
	methods := handlers[c.pattern]
	switch {
	case c.faults.Retired != 0 && isTeamwork(c.path):
		return retired(c.faults.Retired).answer(c)
	case c.pattern == batchPattern && c.inBatch:
		return nested.answer(c)
	case methods == nil && c.inBatch:
		return unknownPath.answer(c)
	case methods == nil:
		return noSegment(c.unknown).answer(c)
	case methods[c.method] == nil:
		ans := noMethod.answer(c)
		for method := range methods {
			ans.header.Add("Allow", method)
		}
		return ans
	}
	var p *problem
	if c.options, p = parseOptions(c); p != nil {
		return p.answer(c)
	}
	ans := methods[c.method](s, c)
	if c.faults.Deprecation {
		ans.header.Set("Deprecation", "Wed, 20 Aug 2025 00:00:00 GMT")
		ans.header.Set("Sunset", "Mon, 08 Dec 2025 00:00:00 GMT")
		ans.header.Set("Link", `<https://developer.microsoft.com/graph/changelog>;rel="deprecation";type="text/html"`)
	}
	return ans
}

func isTeamwork(path string) bool {
	segments := split(path)
	return len(segments) > 0 && strings.EqualFold(segments[0], "teamwork")
}
