package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// reach are the two ways to a server, as a client sees them.
func reach(t *testing.T, n *tenant) map[string]*http.Client {
	t.Helper()
	over := httptest.NewServer(n.Server)
	t.Cleanup(over.Close)
	wire := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	return map[string]*http.Client{
		"over HTTP":  {Transport: redirected{wire.Transport, strings.TrimPrefix(over.URL, "http://")}},
		"in process": {Transport: n.Server},
	}
}

// redirected sends everything to one host, so that both ways take the same URL.
type redirected struct {
	http.RoundTripper
	host string
}

func (r redirected) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Host, req.URL.Host = req.URL.Host, r.host
	return r.RoundTripper.RoundTrip(req)
}

func TestBothWaysAnswerTheSame(t *testing.T) {
	n := newTenant(t, Options{Quiet: true})
	for _, path := range []string{"/teamwork/devices?$top=3", n.path(0) + "/health?expand=*", n.path(1) + "/operations", "/teamwork/devices/none"} {
		bodies := map[string]string{}
		for way, client := range reach(t, n) {
			req, _ := http.NewRequest("GET", "http://graph.test/beta"+path, nil)
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(way, err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || int64(len(body)) != resp.ContentLength || resp.Header.Get("Content-Type") == "" {
				t.Errorf("%s: %v, %d bytes of %d", way, err, len(body), resp.ContentLength)
			}
			id := resp.Header.Get("request-id")
			bodies[way] = strings.ReplaceAll(string(body), id, "")
		}
		if bodies["over HTTP"] != bodies["in process"] {
			t.Errorf("%s: %v", path, bodies)
		}
	}
}

func TestNextLinkFollowsTheCaller(t *testing.T) {
	n := newTenant(t, Options{})
	req, _ := http.NewRequest("GET", "https://graph.example:8443/beta/teamwork/devices?$top=1", nil)
	resp, err := n.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		Next string `json:"@odata.nextLink"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || !strings.HasPrefix(body.Next, "https://graph.example:8443/beta/teamwork/devices?") {
		t.Errorf("%v %s", err, body.Next)
	}
}

func TestResetBreaksTheConnection(t *testing.T) {
	for _, c := range []struct {
		faults  string
		creates int64
	}{{`{"reset":1}`, 0}, {`{"reset":1,"afterWork":1}`, 1}} {
		n := newTenant(t, Options{Quiet: true})
		for way, client := range reach(t, n) {
			t.Run(c.faults+" "+way, func(t *testing.T) {
				n.faults(c.faults)
				n.stats.reset()
				n.pass(time.Minute)
				_, err := client.Post("http://graph.test/beta"+n.path(0)+"/restart", "application/json", strings.NewReader("{}"))
				if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
					t.Errorf("error %v", err)
				}
				if report := n.stats.report(); report.Requests != 1 || report.Creates != c.creates {
					t.Errorf("counted %+v", report)
				}
			})
		}
	}
}

func TestTruncateCutsTheBody(t *testing.T) {
	n := newTenant(t, Options{})
	n.faults(`{"truncate":1}`)
	for way, client := range reach(t, n) {
		t.Run(way, func(t *testing.T) {
			resp, err := client.Get("http://graph.test/beta/teamwork/devices")
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 || int64(len(body)) >= resp.ContentLength {
				t.Errorf("error %v after %d of %d bytes", err, len(body), resp.ContentLength)
			}
		})
	}
}

// spied is a body that says whether it was closed.
type spied struct {
	io.Reader
	closed bool
}

func (s *spied) Close() error { s.closed = true; return nil }

func TestRoundTripTellsTheTraceAndClosesTheBody(t *testing.T) {
	n := newTenant(t, Options{})
	var heard []string
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			heard = append(heard, "conn "+info.Conn.RemoteAddr().Network())
		},
		WroteRequest: func(httptrace.WroteRequestInfo) {
			heard = append(heard, "wrote")
			if n.stats.report().Requests != 0 {
				t.Error("the handler came before the bytes left")
			}
		},
	})
	body := &spied{Reader: strings.NewReader("{}")}
	req, _ := http.NewRequestWithContext(ctx, "POST", "http://graph.test/beta"+n.path(0)+"/restart", body)
	req.Header.Set("Content-Type", "application/json")
	resp, err := n.RoundTrip(req)
	if err != nil || resp.StatusCode != 202 {
		t.Fatal(resp, err)
	}
	if !slices.Equal(heard, []string{"conn pipe", "wrote"}) || !body.closed {
		t.Errorf("heard %v, closed %v", heard, body.closed)
	}
}

func TestRoundTripEndsWithItsContext(t *testing.T) {
	for _, c := range []struct {
		name    string
		after   time.Duration
		want    error
		creates int64
	}{
		{"before it began: nothing is done", 0, context.Canceled, 0},
		{"while it waits: the work was done", time.Minute, context.DeadlineExceeded, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newTenant(t, Options{Latency: time.Hour, Quiet: true})
				ctx, cancel := context.WithTimeout(t.Context(), max(1, c.after))
				defer cancel()
				if c.after == 0 {
					cancel()
				}
				began := time.Now()
				req, _ := http.NewRequestWithContext(ctx, "POST", "http://graph.test/beta"+n.path(0)+"/restart", nil)
				if _, err := n.RoundTrip(req); !errors.Is(err, c.want) {
					t.Errorf("error %v", err)
				}
				if took, got := time.Since(began), n.stats.report().Creates; got != c.creates || took != c.after {
					t.Errorf("created %d in %v", got, took)
				}
			})
		})
	}
}

func TestRoundTripGivesBackAnErrorOfTheBody(t *testing.T) {
	n := newTenant(t, Options{})
	body := &spied{Reader: io.MultiReader(strings.NewReader("{"), cut{})}
	req, _ := http.NewRequest("POST", "http://graph.test/beta"+n.path(0)+"/restart", body)
	if _, err := n.RoundTrip(req); !errors.Is(err, io.ErrUnexpectedEOF) || !body.closed {
		t.Errorf("error %v, closed %v", err, body.closed)
	}
	if n.stats.report().Requests != 0 {
		t.Error("it arrived")
	}
}
