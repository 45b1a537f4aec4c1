package sandbox

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
)

// faults are the switches of POST /_sandbox/faults; doc.go explains them. A share is how many of the inner requests are hit, 0 to 1; reset
// and truncate hit outer ones, because that is where a connection is.
type faults struct {
	Throttle    float64  `json:"throttle,omitempty"`    // 429
	RetryAfter  *int     `json:"retryAfter,omitempty"`  // seconds to come with it; 0: no header; absent: 1
	Error       float64  `json:"error,omitempty"`       // 500
	Unavailable float64  `json:"unavailable,omitempty"` // 503
	Malformed   float64  `json:"malformed,omitempty"`   // 200 with a page of HTML, or with half of the JSON
	Reset       float64  `json:"reset,omitempty"`       // the connection breaks without an answer
	Truncate    float64  `json:"truncate,omitempty"`    // the connection breaks in the middle of the answer
	AfterWork   float64  `json:"afterWork,omitempty"`   // which share of 429, 5xx and resets comes although the work was done
	Latency     duration `json:"latency,omitempty"`     // every outer request takes at least this long
	Retired     int      `json:"retired,omitempty"`     // every /beta/teamwork route answers 404, 410 or 501
	NoLicense   bool     `json:"noLicense,omitempty"`   // one device without a licence: 403 for the whole list
	Deprecation bool     `json:"deprecation,omitempty"` // Deprecation, Sunset and Link headers

	// How the same answer looks in another source.
	PascalCase     bool `json:"pascalCase,omitempty"`     // enum words as the examples spell them
	WrapSingle     bool `json:"wrapSingle,omitempty"`     // one object under "value"
	MalformedTimes bool `json:"malformedTimes,omitempty"` // 2021-06-19T12-01-03.45Z
	Namespace      bool `json:"namespace,omitempty"`      // @odata.type in the service's internal namespace
	RelativeLinks  bool `json:"relativeLinks,omitempty"`  // next links without host and version
	MissingIDs     bool `json:"missingIds,omitempty"`     // the first member of each page has no id
	EmptyPages     bool `json:"emptyPages,omitempty"`     // every second page is empty, and not the last
	UnknownWords   bool `json:"unknownWords,omitempty"`   // some enum words are newer than the schema
}

// duration is a time.Duration, written "20ms".
type duration time.Duration

// MarshalJSON writes the text.
func (d duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (d *duration) UnmarshalJSON(text []byte) error {
	var s string
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("latency must be a duration such as \"20ms\"")
	}
	parsed, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("latency must be a duration such as \"20ms\", not %q", s)
	}
	*d = duration(parsed)
	return nil
}

// check says which member is out of range.
func (f *faults) check() error {
	for name, share := range map[string]float64{
		"throttle": f.Throttle, "error": f.Error, "unavailable": f.Unavailable, "malformed": f.Malformed,
		"reset": f.Reset, "truncate": f.Truncate, "afterWork": f.AfterWork,
	} {
		if share < 0 || share > 1 || math.IsNaN(share) {
			return fmt.Errorf("%s must be a share from 0 to 1", name)
		}
	}
	switch {
	case f.Latency < 0:
		return fmt.Errorf("latency must not be negative")
	case f.RetryAfter != nil && *f.RetryAfter < 0:
		return fmt.Errorf("retryAfter must not be negative")
	case !slices.Contains([]int{0, http.StatusNotFound, http.StatusGone, http.StatusNotImplemented}, f.Retired):
		return fmt.Errorf("retired must be 404, 410 or 501")
	}
	return nil
}

func (f *faults) retryAfter() int {
	if f.RetryAfter == nil {
		return 1
	}
	return *f.RetryAfter
}

// spoil decides whether a request fails before it is understood. A draw may also fail it after its work was done, as
// Microsoft Graph is known to do: the caller cannot tell.
func (s *Server) spoil(c *call) (answer, bool) {
	var p *problem
	wait := 0
	ok, after := s.bucket.take(s.opts.Rate, c.now)
	switch {
	case !ok:
		p, wait = throttled, after
	case s.lucky(c.faults.Throttle):
		p, wait = throttled, c.faults.retryAfter()
	case s.lucky(c.faults.Error):
		p = broken
	case s.lucky(c.faults.Unavailable):
		p = overloaded
	default:
		return answer{}, false
	}
	if ok && s.lucky(c.faults.AfterWork) {
		s.work(c)
	}
	ans := p.answer(c)
	if wait > 0 {
		ans.header.Set("Retry-After", fmt.Sprint(wait))
	}
	return ans, true
}

// garble spoils an answer that was to be read: half the time by a page of HTML, half by JSON that breaks off.
func (s *Server) garble(c *call, ans answer) answer {
	if len(ans.body) == 0 || !s.lucky(c.faults.Malformed) {
		return ans
	}
	ans.status, ans.garbled = http.StatusOK, true
	if s.lucky(0.5) {
		ans.body = ans.body[:len(ans.body)/2]
		return ans
	}
	ans.header.Set("Content-Type", "text/html; charset=utf-8")
	ans.body = []byte("<!DOCTYPE html><html><head><title>Our services aren't available right now</title></head><body></body></html>")
	return ans
}

// isEnumWord knows the members whose values are words of an enum; bend needs it for every one on the wire.
func isEnumWord(property string) bool {
	switch property {
	case "deviceType", "healthStatus", "activityState", "connectionStatus", "softwareFreshness", "supportedClient",
		"operationType", "userIdentityType", "applicationIdentityType":
		return true
	}
	return false
}

func isTime(property string) bool { return strings.HasSuffix(property, "DateTime") }
