package msgraph

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/google/go-cmp/cmp"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// wholeFailures are the ways in which a batch fails as a whole, and what its members are
// told when its halves fail, too.
var wholeFailures = []struct {
	name string
	step step
	kind teamwork.Kind
}{
	{"500", step{status: 500}, teamwork.Unavailable},
	{"502 with HTML", step{status: 502, body: htmlPage}, teamwork.Unavailable},
	{"503", step{status: 503}, teamwork.Unavailable},
	{"504", step{status: 504}, teamwork.Unavailable},
	{"408", step{status: 408}, teamwork.Unavailable},
	{"400", step{status: 400, body: refusedFor}, teamwork.Rejected},
	{"413", step{status: 413}, teamwork.Rejected},
	{"a refused connection", step{refused: true}, teamwork.Unavailable},
	{"a reset", step{broken: true}, teamwork.Unavailable},
	{"a truncated answer", step{body: `{"responses":[`, cut: true}, teamwork.Unavailable},
	{"HTML", step{body: htmlPage}, teamwork.BadResponse},
	{"half of the JSON", step{body: `{"responses":[{"id":"1","status":200,`}, teamwork.BadResponse},
	{"no responses", step{body: `{}`}, teamwork.BadResponse},
	{"responses that are none", step{body: `{"responses":"none"}`}, teamwork.BadResponse},
	{"responses to others", step{body: `{"responses":[{"id":"99","status":200}]}`}, teamwork.BadResponse},
	{"424 without a batch", step{status: 424, body: refusedFor}, teamwork.BadResponse},
	{"over 20 MB", step{body: `{"responses":[` + strings.Repeat(" ", maxBatchBody)}, teamwork.BadResponse},
	{"silence", step{silent: true}, teamwork.Unavailable},
}

func TestBatchThatFailsAsAWholeIsSentAgainInHalves(t *testing.T) {
	for _, c := range wholeFailures {
		for name, ill := range map[string]func(nth int, urls []string) bool{
			"once":     func(nth int, _ []string) bool { return nth == 1 },
			"for ever": func(int, []string) bool { return true },
			"with one member": func(_ int, urls []string) bool {
				return slices.Contains(urls, "/teamwork/devices/d0")
			},
		} {
			t.Run(c.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, b := boxed(t, Options{})
					b.outer = func(nth int, urls []string) *step {
						if ill(nth, urls) {
							return &c.step
						}
						return nil
					}
					ids := names(9)
					got := readAll(client.Gathering(t.Context()), client, ids)
					failed := 0
					for i, r := range got {
						if r.err != nil {
							wantKind(t, r.err, c.kind)
							failed++
						} else {
							wantWhole(t, ids[i:i+1], got[i:i+1])
						}
					}
					if failed > 0 == (name == "once") || failed < 9 == (name == "for ever") {
						t.Errorf("%d failed", failed)
					}
					sizes := b.sizes()
					slices.Sort(sizes)
					if diff := cmp.Diff([]int{4, 5, 9}, sizes); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
	}
}

// TestFullBatchIsSentAgainByAFreshProcess: there is a reserve before there is a share.
func TestFullBatchIsSentAgainByAFreshProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.outer = func(nth int, _ []string) *step {
			if nth == 1 {
				return &step{broken: true}
			}
			return nil
		}
		wantWhole(t, names(20), readAll(client.Gathering(t.Context()), client, names(20)))
		if diff := cmp.Diff([]int{20, 10, 10}, b.sizes()); diff != "" {
			t.Error(diff)
		}
		for _, r := range readAll(failing(client, b), client, names(20)) {
			wantKind(t, r.err, teamwork.Unavailable)
		}
		if n := len(b.outings); n != 4 {
			t.Errorf("sent %v, and the process had nothing left", b.sizes())
		}
	})
}

// failing lets all that comes fail.
func failing(c *Client, b *box) context.Context {
	b.outer = func(int, []string) *step { return &step{broken: true} }
	return c.Gathering(context.Background())
}

func TestBatchIsNotSentAgainForWhatWouldNotChange(t *testing.T) {
	for _, c := range []struct {
		name string
		step step
		kind teamwork.Kind
	}{
		{"401", step{status: 401}, teamwork.Unauthenticated},
		{"403", step{status: 403, body: refusedFor}, teamwork.Forbidden},
		{"404, which is not the devices'", step{status: 404, body: refusedFor}, teamwork.Unavailable},
		{"410", step{status: 410}, teamwork.Unavailable},
		{"501", step{status: 501}, teamwork.Unavailable},
		{"a redirect", step{status: 302, header: "Location: " + root + "/elsewhere"}, teamwork.BadResponse},
		{"202", step{status: 202, body: `{"responses":[]}`}, teamwork.BadResponse},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, b := boxed(t, Options{CallersToken: true})
				b.outer = func(int, []string) *step { return &c.step }
				for _, r := range readAll(client.Gathering(t.Context()), client, names(4)) {
					wantKind(t, r.err, c.kind)
				}
				if diff := cmp.Diff([]int{4}, b.sizes()); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestSlowBatchIsGivenUpAfterAThirdOfTheDeadline(t *testing.T) {
	for _, c := range []struct {
		name     string
		deadline time.Duration
		third    time.Duration
	}{{"ours", time.Hour, defaultTimeout / 3}, {"the caller's", 6 * time.Second, 2 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
				defer cancel()
				client, b := boxed(t, Options{})
				b.outer = func(nth int, _ []string) *step {
					switch nth {
					case 1:
						return &step{silent: true}
					case 2:
						return &step{after: c.third + time.Second/2, status: 200, body: ""}
					}
					return nil
				}
				began := time.Now()
				got := readAll(client.Gathering(ctx), client, names(8))
				again := b.outings[1].at.Sub(began)
				if again != c.third || len(b.ended) != 1 || !errors.Is(b.ended[0], context.DeadlineExceeded) {
					t.Errorf("sent again after %v, ended %v", again, b.ended)
				}
				whole := 0
				for _, r := range got {
					if r.err == nil {
						whole++
					}
				}
				// The slow half has all the time that is left.
				if took := time.Since(began); whole != 4 || took != 2*c.third+time.Second/2 {
					t.Errorf("%d whole after %v", whole, took)
				}
			})
		})
	}
}

func TestThrottledBatchWaitsAndIsSentAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.outer = func(nth int, _ []string) *step {
			if nth == 1 {
				return &step{status: 429, header: "Retry-After: 2"}
			}
			return nil
		}
		began := time.Now()
		wantWhole(t, names(8), readAll(client.Gathering(t.Context()), client, names(8)))
		if diff := cmp.Diff([]int{8, 8}, b.sizes()); diff != "" {
			t.Error(diff)
		}
		if again := b.outings[1].at.Sub(began).Truncate(100 * time.Millisecond); again != 2*time.Second {
			t.Errorf("sent again after %v", again)
		}
	})
}

func TestThrottledBatchBeyondTheDeadlineIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{})
		b.outer = func(int, []string) *step { return &step{status: 429, header: "Retry-After: 17"} }
		began := time.Now()
		for _, r := range readAll(client.Gathering(t.Context()), client, names(8)) {
			if e := wantKind(t, r.err, teamwork.Throttled); e.RetryAfter != 17*time.Second {
				t.Errorf("told to wait %v", e.RetryAfter)
			}
		}
		// Nobody is asked again before that, whoever wants it.
		_, err := client.Device(client.Gathering(t.Context()), "d9")
		if e := wantKind(t, err, teamwork.Throttled); !e.Unsent {
			t.Errorf("%+v", e)
		}
		if took := time.Since(began); took != 0 || len(b.outings) != 1 {
			t.Errorf("took %v, sent %v", took, b.sizes())
		}
	})
}

// TestMostlyThrottledBatchThrottlesAll: its members come back when the longest wait is
// over, since the gate lets nobody through before.
func TestMostlyThrottledBatchThrottlesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.answer = func(_, url string, nth int) said {
			switch {
			case nth == 1 && url < "/teamwork/devices/d3":
				return said{status: 429, header: "Retry-After: 1"}
			case nth == 1 && url == "/teamwork/devices/d3":
				return said{status: 429, header: "Retry-After: 3"}
			case nth == 1 && url == "/teamwork/devices/d4":
				return said{status: 500}
			}
			return said{body: thing(url)}
		}
		began := time.Now()
		wantWhole(t, names(6), readAll(client.Gathering(t.Context()), client, names(6)))
		if again := b.outings[1].at.Sub(began).Truncate(100 * time.Millisecond); again != 3*time.Second {
			t.Errorf("sent again after %v: %v", again, b.sizes())
		}
	})
}

func TestBatchInside424IsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{RetryDelay: 1})
		b.status = 424
		b.answer = on("d1", func(nth int) said {
			if nth == 1 {
				return said{status: 429}
			}
			return said{body: `{"id":"d1"}`}
		})
		wantWhole(t, names(4), readAll(client.Gathering(t.Context()), client, names(4)))
		if diff := cmp.Diff([]int{4, 0}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}

var challenge = step{status: http.StatusUnauthorized,
	header: `WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="`}

func TestBatchOfReadsIsSentAgainWithTheTokenThatIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, b := boxed(t, Options{Authorization: runtime.NewBearerTokenPolicy(staticToken{}, []string{"scope"}, nil)})
		b.outer = func(nth int, _ []string) *step {
			if nth == 1 {
				return &challenge
			}
			return nil
		}
		wantWhole(t, names(3), readAll(client.Gathering(t.Context()), client, names(3)))
		if diff := cmp.Diff([]int{3, 3}, b.sizes()); diff != "" {
			t.Error(diff)
		}
	})
}
