package msgraph

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// status remembers what upstream let slip about itself. It is a policy, so that
// it sees every answer, and those that are tried again too.
type status struct {
	log      *slog.Logger
	announce sync.Once

	mu  sync.Mutex
	now teamwork.UpstreamStatus
}

// Status tells what is known of upstream, at no cost to it.
func (c *Client) Status(ctx context.Context) *teamwork.UpstreamStatus {
	c.status.mu.Lock()
	now := c.status.now
	c.status.mu.Unlock()
	now.Circuit = c.Circuit()
	now.ThrottledUntil = c.gate.throttledUntil(ctx)
	return &now
}

// Circuit tells whether upstream is asked at all.
func (c *Client) Circuit() teamwork.CircuitState { return c.gate.circuit.state() }

// Do watches every answer.
func (s *status) Do(req *policy.Request) (*http.Response, error) {
	resp, err := req.Next()
	if err == nil {
		s.heed(resp.Header, req.Raw().URL.Path)
	}
	return resp, err
}

// heed notes an answer's retirement headers.
// https://www.rfc-editor.org/rfc/rfc8594, https://www.rfc-editor.org/rfc/rfc9745
func (s *status) heed(h http.Header, path string) {
	if h.Get("Deprecation") == "" && h.Get("Sunset") == "" {
		return
	}
	deprecation, sunset := headerTime(h.Get("Deprecation")), headerTime(h.Get("Sunset"))
	s.mu.Lock()
	if deprecation.Known() {
		s.now.DeprecatedSince = deprecation
	}
	if sunset.Known() {
		s.now.SunsetAt = sunset
	}
	s.mu.Unlock()
	s.announce.Do(func() {
		s.log.Warn("Microsoft Graph announces the end of this API", "path", path,
			"deprecation", h.Get("Deprecation"), "sunset", h.Get("Sunset"), "link", h.Get("Link"))
	})
}

// headerTime reads an HTTP date, or the @seconds of RFC 9745.
func headerTime(value string) teamwork.DateTime {
	if seconds, ok := strings.CutPrefix(value, "@"); ok {
		if n, err := strconv.ParseInt(seconds, 10, 64); err == nil {
			return teamwork.At(time.Unix(n, 0))
		}
	}
	if at, err := http.ParseTime(value); err == nil {
		return teamwork.At(at)
	}
	return teamwork.DateTime{}
}

// succeeded notes that upstream answered as it should.
func (s *status) succeeded() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.LastSuccessAt = teamwork.At(time.Now())
}

// failed notes what upstream called its failure, or our word for it.
func (s *status) failed(e *teamwork.Error) {
	code := strings.ReplaceAll(strings.ToUpper(e.Kind.String()), " ", "_")
	if u := e.Upstream; u != nil && u.Code != "" {
		code = u.Code
	} else if u != nil && u.Status >= http.StatusMultipleChoices {
		code = strconv.Itoa(u.Status)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.LastErrorCode = &code
}
