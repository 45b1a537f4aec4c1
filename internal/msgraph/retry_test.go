package msgraph

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const fine = `{"id":"d1","deviceType":"sip"}`

// gaps returns how long after the one before each try came.
func (s *script) gaps() []time.Duration {
	var gaps []time.Duration
	for i := 1; i < len(s.sent); i++ {
		gaps = append(gaps, s.sent[i].at.Sub(s.sent[i-1].at))
	}
	return gaps
}

func TestReadTriesAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		step step
	}{
		{"after 408", step{status: 408}}, {"after 429", step{status: 429}}, {"after 500", step{status: 500}}, {"after 502", step{status: 502}},
		{"after 503", step{status: 503}}, {"after 504", step{status: 504}}, {"after a refused connection", step{refused: true}},
		{"after a reset", step{broken: true}}, {"after a truncated answer", step{body: `{"id":"d1"`, cut: true}},
		{"after a truncated error", step{status: 404, body: `{"error"`, cut: true}}, {"after a silence", step{silent: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, s := scripted(t, Options{}, c.step, c.step, step{body: fine})
				if c.step.silent {
					s.steps = s.steps[1:] // two silences take longer than a call may
				}
				dev, err := client.Device(t.Context(), "d1")
				if err != nil || dev.DeviceTypeRaw != "sip" {
					t.Fatalf("got %+v: %v", dev, err)
				}
				if s.tries != len(s.steps) {
					t.Errorf("%d tries, want %d", s.tries, len(s.steps))
				}
			})
		})
	}
}

func TestReadDoesNotTryAgainWhatWouldNotChange(t *testing.T) {
	for _, status := range []int{204, 400, 401, 402, 403, 404, 405, 409, 410, 412, 415, 422, 423, 501, 505, 507, 509} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			client, s := scripted(t, Options{}, step{status: status})
			if _, err := client.Device(t.Context(), "d1"); err == nil {
				t.Error("no error")
			}
			if len(s.sent) != 1 {
				t.Errorf("%d tries", len(s.sent))
			}
		})
	}
}

func TestReadGivesUpAfterFourTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := scripted(t, Options{}, step{status: 503})
		_, err := client.Device(t.Context(), "d1")
		wantKind(t, err, teamwork.Unavailable)
		if len(s.sent) != maxTries {
			t.Fatalf("%d tries", len(s.sent))
		}
		for i, most := range []time.Duration{200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond} { // once, twice and 4 times the delay
			if gap := s.gaps()[i]; gap >= most {
				t.Errorf("wait %d took %v", i, gap)
			}
		}
	})
}

// TestTriesAreSpread: who failed together does not come back together.
func TestTriesAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sum, least, most time.Duration
		for range 200 {
			client, s := scripted(t, Options{}, step{status: 503}, step{body: fine})
			if _, err := client.Device(t.Context(), "d1"); err != nil {
				t.Fatal(err)
			}
			gap := s.gaps()[0]
			sum, most = sum+gap, max(most, gap)
			if least == 0 || gap < least {
				least = gap
			}
		}
		// By chance once in a million: each end is missed by a tenth of the range.
		if mean := sum / 200; least > 20*time.Millisecond || most < 180*time.Millisecond || mean < 75*time.Millisecond || mean > 125*time.Millisecond {
			t.Errorf("from %v to %v, %v on average", least, most, sum/200)
		}
	})
}

func TestReadWaitsOutRetryAfter(t *testing.T) {
	for _, c := range []struct {
		name   string
		header func() string
		waits  time.Duration
	}{
		{"seconds", func() string { return "2" }, 2 * time.Second},
		{"nearly to the deadline", func() string { return "14" }, 14 * time.Second},
		{"an HTTP date", func() string { return time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat) }, 3 * time.Second},
	} {
		for _, status := range []int{429, 503} {
			t.Run(c.name+" with "+http.StatusText(status), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					client, s := scripted(t, Options{}, step{status: status, header: "Retry-After: " + c.header()}, step{body: fine})
					if _, err := client.Device(t.Context(), "d1"); err != nil {
						t.Fatal(err)
					}
					if gaps := s.gaps(); len(gaps) != 1 || gaps[0] < c.waits || gaps[0] >= c.waits+defaultRetryDelay {
						t.Errorf("waited %v, want %v and a random part", gaps, c.waits)
					}
				})
			})
		}
	}
}

// TestTriesThatWereAskedToWaitAreSpread: those who were asked at once don't come back at
// once.
func TestTriesThatWereAskedToWaitAreSpread(t *testing.T) {
	for _, status := range []int{429, 503} {
		synctest.Test(t, func(t *testing.T) {
			at := map[time.Duration]bool{}
			for range 10 {
				client, s := scripted(t, Options{}, step{status: status, header: "Retry-After: 2"}, step{body: fine})
				if _, err := client.Device(t.Context(), "d1"); err != nil {
					t.Fatal(err)
				}
				at[s.gaps()[0]] = true
			}
			if len(at) < 5 {
				t.Errorf("%d: ten came back after %v", status, at)
			}
		})
	}
}

func TestRetryAfterThatSaysNothingIsNoWait(t *testing.T) {
	for _, value := range []string{"0", "-5", "soon", "", "1.5", "Mon, 02 Jan 2006 15:04:05 GMT"} {
		t.Run(value, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(10 * 365 * 24 * time.Hour) // the bubble begins in 2000
				client, s := scripted(t, Options{}, step{status: 429, header: "Retry-After: " + value}, step{body: fine})
				if _, err := client.Device(t.Context(), "d1"); err != nil {
					t.Fatal(err)
				}
				if gap := s.gaps()[0]; gap > time.Second {
					t.Errorf("waited %v", gap)
				}
			})
		})
	}
}

func TestLongRetryAfterIsToldAtOnce(t *testing.T) {
	for _, c := range []struct {
		name     string
		header   func() string
		deadline time.Duration
		want     time.Duration
	}{
		{"over fifteen seconds", func() string { return "16" }, 0, 16 * time.Second},
		{"a date over fifteen seconds away", func() string { return time.Now().Add(17 * time.Second).UTC().Format(http.TimeFormat) }, 0, 17 * time.Second},
		{"a minute", func() string { return "60" }, 0, time.Minute},
		{"nonsense", func() string { return "99999999999999" }, 0, 24 * time.Hour},
		{"past the caller's deadline", func() string { return "3" }, 2 * time.Second, 3 * time.Second},
		{"as long as the caller's deadline", func() string { return "3" }, 3 * time.Second, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if c.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.deadline)
					defer cancel()
				}
				client, s := scripted(t, Options{}, step{status: 429, header: "Retry-After: " + c.header()}, step{body: fine})
				began := time.Now()
				_, err := client.Device(ctx, "d1")
				if e := wantKind(t, err, teamwork.Throttled); e.RetryAfter != c.want {
					t.Errorf("told to wait %v, want %v", e.RetryAfter, c.want)
				}
				if took := time.Since(began); took != 0 || len(s.sent) != 1 {
					t.Errorf("%d tries, %v", len(s.sent), took)
				}
			})
		})
	}
}

func TestReadEndsAtItsDeadline(t *testing.T) {
	for _, c := range []struct {
		name    string
		opts    Options
		caller  time.Duration
		took    time.Duration
		atLeast int
	}{
		{"ours", Options{}, time.Hour, defaultTimeout, 2},
		{"as configured", Options{Timeout: 3 * time.Second}, time.Hour, 3 * time.Second, 1},
		{"the caller's", Options{}, time.Second, time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.caller)
				defer cancel()
				client, s := scripted(t, c.opts, step{silent: true})
				began := time.Now()
				_, err := client.Device(ctx, "d1")
				e := wantKind(t, err, teamwork.Unavailable)
				synctest.Wait() // for the try whose reader has left
				if time.Since(began) != c.took || len(s.sent) != c.atLeast || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%d tries in %v: %v", len(s.sent), time.Since(began), err)
				}
				if !strings.Contains(e.Message, "in time") {
					t.Errorf("message %q", e.Message)
				}
			})
		})
	}
}

func TestCancelledReadIsNobodysError(t *testing.T) {
	for _, c := range []struct {
		name  string
		after time.Duration
		step  step
	}{
		{"before it is sent", 0, step{silent: true}},
		{"while it waits for an answer", time.Second, step{silent: true}},
		{"while it waits to try again", time.Second, step{status: 429, header: "Retry-After: 4"}},
		{"while the answer comes", time.Second, step{after: 2 * time.Second, body: fine}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				if c.after == 0 {
					cancel()
				}
				time.AfterFunc(c.after, cancel)
				client, s := scripted(t, Options{}, c.step)
				_, err := client.Devices(ctx, teamwork.DevicesRequest{Top: 5})
				if !errors.Is(err, context.Canceled) || teamwork.KindOf(err) != teamwork.Internal {
					t.Errorf("got %v", err)
				}
				if code := client.Status(ctx).LastErrorCode; code != nil {
					t.Errorf("status notes %q", *code)
				}
				if c.after == 0 && len(s.sent) > 0 {
					t.Error("something was sent")
				}
			})
		})
	}
}

func TestChallengeDoesNotSendACreateAgain(t *testing.T) {
	challenge := step{status: http.StatusUnauthorized,
		header: `WWW-Authenticate: Bearer realm="", error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="`}
	token := runtime.NewBearerTokenPolicy(staticToken{}, []string{"scope"}, nil)
	client, s := scripted(t, Options{URL: "https://graph.example/beta", Authorization: token}, challenge, challenge, step{body: fine})
	_, err := client.CreateOperation(t.Context(), teamwork.CreateOperation{
		DeviceID: "d1", OperationType: teamwork.RemoteLogin, Status: teamwork.StatusQueued})
	wantKind(t, err, teamwork.Unavailable)
	if len(s.sent) != 1 {
		t.Fatalf("the create was sent %d times", len(s.sent))
	}
	if _, err := client.Device(t.Context(), "d1"); err != nil || len(s.sent) != 3 {
		t.Errorf("a read is sent again with the new token: sent %d in all, %v", len(s.sent), err)
	}
}

// staticToken is a credential that never fails.
type staticToken struct{}

func (staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "t", ExpiresOn: time.Now().Add(time.Hour)}, nil
}
