package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// fact is a Part that holds until it is told otherwise.
type fact struct{ gone atomic.Bool }

func (f *fact) Holds() bool { return !f.gone.Load() }

// recaller is a server whose status has a part, and counts how often it is asked for.
type recaller struct {
	*Handler
	asked, again int
	part         *fact
	tell         func(*teamwork.Trail) error // instead, if set
	partition    string
}

func newRecaller(opts Options) *recaller {
	c := &recaller{part: &fact{}, partition: "p"}
	opts.Answers, opts.Again = 1<<20, func() { c.again++ }
	opts.Resolvers = &root{status: func(ctx context.Context) (*teamwork.UpstreamStatus, error) {
		c.asked++
		trail := teamwork.TrailFrom(ctx)
		if c.tell != nil {
			return &teamwork.UpstreamStatus{Circuit: teamwork.CircuitOpen}, c.tell(trail)
		}
		trail.MadeOf(c.part)
		trail.Served(time.Now().Add(-5*time.Second), false)
		return &teamwork.UpstreamStatus{Circuit: teamwork.CircuitOpen}, nil
	}}
	c.Handler = NewHandler(opts)
	return c
}

func (c *recaller) do(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	if c.partition != "" {
		r = r.WithContext(teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: c.partition}))
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

const circuit = `{ upstreamStatus { circuit } }`

func (c *recaller) post(t *testing.T, document, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphql", strings.NewReader(fmt.Sprintf(`{"query":%q}`, document)))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	return c.do(t, r)
}

func (c *recaller) get(t *testing.T, document, have string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/graphql?query="+url.QueryEscape(document), nil)
	r.Header.Set(preflightHeader, "1")
	if have != "" {
		r.Header.Set("If-None-Match", have)
	}
	return c.do(t, r)
}

// TestSameBytesGetTheSameAnswer: without asking a resolver, as long as its parts hold.
func TestSameBytesGetTheSameAnswer(t *testing.T) {
	c := newRecaller(Options{})
	first := c.post(t, circuit, plainJSON)
	again := c.post(t, circuit, plainJSON)
	if c.asked != 1 || c.again != 1 || again.Code != http.StatusOK || again.Body.String() != first.Body.String() {
		t.Fatalf("asked %d times: %d %s, at first %s", c.asked, again.Code, again.Body, first.Body)
	}
	for name, want := range map[string]string{"Age": "5", "Cache-Status": "teamwork-graphql; hit", "Cache-Control": "no-store", "Etag": "", "Content-Type": first.Header().Get("Content-Type"), "Content-Length": first.Header().Get("Content-Length")} {
		if got := again.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	c.part.gone.Store(true)
	c.post(t, circuit, plainJSON)
	if c.asked != 2 {
		t.Error("an answer outlived its part")
	}
}

// TestAnswersAreFoundAfterOtherRequests: what a request's bytes lay in serves the next one.
func TestAnswersAreFoundAfterOtherRequests(t *testing.T) {
	c := newRecaller(Options{})
	for range 3 {
		for i := range 20 {
			alias := fmt.Sprintf("alias%02d", i)
			if w := c.post(t, `{ upstreamStatus { `+alias+`: circuit } }`, plainJSON); !strings.Contains(w.Body.String(), alias) {
				t.Errorf("%s: %s", alias, w.Body)
			}
		}
	}
	if c.asked != 20 || c.again != 40 {
		t.Errorf("asked %d times, answered again %d times", c.asked, c.again)
	}
}

func TestOtherRequestsGetTheirOwnAnswers(t *testing.T) {
	c := newRecaller(Options{})
	c.post(t, circuit, plainJSON)
	for name, ask := range map[string]func() *httptest.ResponseRecorder{
		"another document":   func() *httptest.ResponseRecorder { return c.post(t, circuit+" ", plainJSON) },
		"another media type": func() *httptest.ResponseRecorder { return c.post(t, circuit, graphQLResponse) },
		"another method":     func() *httptest.ResponseRecorder { return c.get(t, circuit, "") },
		"another partition": func() *httptest.ResponseRecorder {
			c.partition = "q"
			defer func() { c.partition = "p" }()
			return c.post(t, circuit, plainJSON)
		},
		"nobody": func() *httptest.ResponseRecorder {
			c.partition = ""
			defer func() { c.partition = "p" }()
			return c.post(t, circuit, plainJSON)
		},
	} {
		if w := ask(); c.again != 0 || w.Code != http.StatusOK {
			t.Errorf("%s: %d %s, %d times again", name, w.Code, w.Body, c.again)
		}
	}
	if c.post(t, circuit, graphQLResponse); c.again != 1 {
		t.Errorf("given again %d times", c.again)
	}
}

// TestOnlyWholeAnswersAreGivenAgain: an error, a warning, what is stale and what can't be
// said to hold may be another at the next moment.
func TestOnlyWholeAnswersAreGivenAgain(t *testing.T) {
	fresh := time.Now()
	for name, tell := range map[string]func(*teamwork.Trail) error{
		"nothing is said of it": func(*teamwork.Trail) error { return nil },
		"a part is not remembered": func(trail *teamwork.Trail) error {
			trail.MadeOf(&fact{})
			trail.MadeOf(nil)
			trail.MadeOf(&fact{})
			return nil
		},
		"an error": func(trail *teamwork.Trail) error { trail.MadeOf(&fact{}); return errors.New("no") },
		"a warning": func(trail *teamwork.Trail) error {
			trail.MadeOf(&fact{})
			trail.Warn(teamwork.Warning{Code: "MALFORMED_TIME"})
			return nil
		},
		"stale": func(trail *teamwork.Trail) error {
			trail.MadeOf(&fact{})
			trail.Served(fresh, true)
			return nil
		},
		"claims are missing": func(trail *teamwork.Trail) error {
			trail.MadeOf(&fact{})
			trail.Challenge("e30")
			return nil
		},
		"too many parts": func(trail *teamwork.Trail) error {
			for range 3000 {
				trail.MadeOf(&fact{})
			}
			return nil
		},
	} {
		c := newRecaller(Options{})
		c.tell = tell
		for range 2 {
			c.post(t, circuit, plainJSON)
		}
		if c.asked != 2 || c.again != 0 {
			t.Errorf("%s: asked %d times, given again %d times", name, c.asked, c.again)
		}
	}
}

func TestAnswersGivenAgainArePaidFor(t *testing.T) {
	budget := &till{left: 3}
	c := newRecaller(Options{Budget: budget})
	for i := range 3 {
		if w := c.post(t, circuit, plainJSON); w.Code != http.StatusOK || w.Header().Get("Ratelimit") == "" {
			t.Fatalf("request %d: %d %v", i, w.Code, w.Header())
		}
	}
	if w := c.post(t, circuit, plainJSON); w.Code != http.StatusTooManyRequests || c.again != 2 {
		t.Errorf("%d, given again %d times, left %d", w.Code, c.again, budget.left)
	}
}

// TestClientMayAskWhetherItHasTheAnswer also of what is not remembered.
func TestClientMayAskWhetherItHasTheAnswer(t *testing.T) {
	for name, answers := range map[string]int64{"remembered": 1 << 20, "made anew": 0} {
		t.Run(name, func(t *testing.T) {
			c := newRecaller(Options{})
			if answers == 0 {
				c.partition = ""
			}
			first := c.get(t, circuit, "")
			tag := first.Header().Get("Etag")
			if first.Code != http.StatusOK || !strings.HasPrefix(tag, `W/"`) || first.Header().Get("Cache-Control") != "private, no-cache" || strings.Join(first.Header()["Vary"], ", ") != "Accept, Authorization" {
				t.Fatalf("%d %v", first.Code, first.Header())
			}
			for _, have := range []string{tag, strings.TrimPrefix(tag, "W/"), `"x", ` + tag, "*"} {
				if w := c.get(t, circuit, have); w.Code != http.StatusNotModified || w.Body.Len() != 0 || w.Header().Get("Etag") != tag || w.Header().Get("Content-Length") != "" {
					t.Errorf("%s: %d %v %s", have, w.Code, w.Header(), w.Body)
				}
			}
			if w := c.get(t, circuit, `"x"`); w.Code != http.StatusOK || w.Body.String() != first.Body.String() {
				t.Errorf("another etag: %d %s", w.Code, w.Body)
			}
			c.tell = func(*teamwork.Trail) error { return errors.New("no") }
			c.part.gone.Store(true)
			if w := c.get(t, circuit, "*"); w.Code != http.StatusOK || w.Header().Get("Etag") != "" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("an error: %d %v", w.Code, w.Header())
			}
		})
	}
}

func TestRememberedAnswersAreBounded(t *testing.T) {
	c := newRecaller(Options{})
	for i := range 3000 {
		c.post(t, circuit+strings.Repeat(" ", i), plainJSON)
	}
	if size := c.remembered.cache.WeightedSize(); size == 0 || size > 1<<20 {
		t.Errorf("they weigh %d", size)
	}
}

// TestAnswersAreGivenAgainToWhoMaySeeThem: callers of one partition may have other scopes.
func TestAnswersAreGivenAgainToWhoMaySeeThem(t *testing.T) {
	var again int
	h := NewHandler(Options{
		Answers: 1 << 20, Again: func() { again++ },
		Granted: func(ctx context.Context) Granted { return teamwork.CallerFrom(ctx) },
		Resolvers: &root{device: func(ctx context.Context) (*teamwork.Device, error) {
			teamwork.TrailFrom(ctx).MadeOf(&fact{})
			return &teamwork.Device{DeviceID: "d1"}, nil
		}},
	})
	for i, c := range []struct {
		scopes []string
		again  int
		says   string
	}{
		{nil, 0, "FORBIDDEN"},
		{[]string{"TeamworkDevice.Read.All"}, 0, `{"data":{"device":{"deviceId":"d1"}}}`},
		{[]string{"TeamworkDevice.ReadWrite.All"}, 1, `{"data":{"device":{"deviceId":"d1"}}}`},
		{[]string{"TeamworkDevice.Write.None"}, 1, "FORBIDDEN"},
		{[]string{"TeamworkDevice.Read.All"}, 2, `{"data":{"device":{"deviceId":"d1"}}}`},
	} {
		body := `{"query":"query Q { ...F } fragment F on Query { device(by: {deviceId: \"d1\"}) { deviceId } }"}`
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r.WithContext(teamwork.WithCaller(t.Context(), &teamwork.Caller{Partition: "p", Scopes: c.scopes})))
		if again != c.again || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("request %d: given again %d times, %s", i, again, w.Body)
		}
	}
}

func TestAnswerWithoutADateHasNoAge(t *testing.T) {
	c := newRecaller(Options{})
	c.tell = func(trail *teamwork.Trail) error { trail.MadeOf(c.part); return nil }
	for range 2 {
		if w := c.post(t, circuit, plainJSON); w.Header().Get("Age")+w.Header().Get("Cache-Status") != "" {
			t.Errorf("it has %v", w.Header())
		}
	}
	if c.again != 1 {
		t.Errorf("given again %d times", c.again)
	}
}
