package msgraph

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// trip lets everything fail until the circuit opens.
func trip(t *testing.T, g *gate) {
	t.Helper()
	for range tripAfter {
		ends(t, g, broken, 0)
	}
	if g.circuit.state() != teamwork.CircuitOpen {
		t.Fatalf("the circuit is %s", g.circuit.state())
	}
}

func TestCircuitOpensAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{})
		trip(t, g)
		refuses(t, g, t.Context(), "", teamwork.Unavailable, openFor)
		time.Sleep(openFor + 1)
		if g.circuit.state() != teamwork.CircuitHalfOpen {
			t.Errorf("then it is %s", g.circuit.state())
		}
		probe, err := g.enter(t.Context(), 1, "")
		if err != nil {
			t.Fatal(err)
		}
		refuses(t, g, t.Context(), "", teamwork.Unavailable, probePatience) // one at a time
		probe(broken, 0)
		refuses(t, g, t.Context(), "", teamwork.Unavailable, openFor)
		time.Sleep(openFor + 1)
		ends(t, g, unheard, 0) // nor does this one say anything
		ends(t, g, answered, 0)
		if g.circuit.state() != teamwork.CircuitClosed {
			t.Errorf("in the end it is %s", g.circuit.state())
		}
		for range tripAfter - 1 {
			ends(t, g, broken, 0)
		}
		passes(t, g, "") // it counts from the start
	})
}

func TestCircuitCountsNeitherThrottlingNorWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, v := range []verdict{throttled, unheard, answered} {
			g := gateOf(Options{})
			for range 10 * tripAfter {
				ends(t, g, v, 0)
				time.Sleep(unsaidWait)
			}
			if g.circuit.state() != teamwork.CircuitClosed {
				t.Errorf("%d opens it", v)
			}
		}
	})
}

// TestSilenceOfAProbeDoesNotKeepTheCircuitOpen: upstream is back five seconds later at
// most, even if the request that was to find out hangs on.
func TestSilenceOfAProbeDoesNotKeepTheCircuitOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{})
		trip(t, g)
		time.Sleep(openFor + 1)
		hanging, err := g.enter(t.Context(), 1, "") // just before the end of the fault
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for {
			if leave, err := g.enter(t.Context(), 1, ""); err == nil {
				leave(answered, 0)
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		if took := time.Since(began); took > 5*time.Second || g.circuit.state() != teamwork.CircuitClosed {
			t.Errorf("%s after %v", g.circuit.state(), took)
		}
		hanging(broken, 0)
		passes(t, g, "")
	})
}

// TestSlowUpstreamClosesTheCircuit: whoever answers is there, however late.
func TestSlowUpstreamClosesTheCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gateOf(Options{})
		trip(t, g)
		time.Sleep(openFor + 1)
		for _, v := range []verdict{broken, unheard, answered} {
			slow, err := g.enter(t.Context(), 1, "")
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(probePatience + time.Second)
			slow(v, 0)
			if v == answered {
				passes(t, g, "")
				continue
			}
			refuses(t, g, t.Context(), "", teamwork.Unavailable, openFor-time.Second)
			time.Sleep(openFor)
		}
	})
}

func TestCircuitOfAClient(t *testing.T) {
	for _, c := range []struct {
		name string
		step step
		opts Options
		want teamwork.CircuitState
	}{
		{"500", step{status: 500}, Options{}, teamwork.CircuitOpen},
		{"504", step{status: 504}, Options{}, teamwork.CircuitOpen},
		{"resets", step{broken: true}, Options{}, teamwork.CircuitOpen},
		{"refused connections", step{refused: true}, Options{}, teamwork.CircuitOpen},
		{"silence", step{silent: true}, Options{}, teamwork.CircuitOpen},
		{"silence to those in a hurry", step{silent: true}, Options{Timeout: time.Second}, teamwork.CircuitClosed},
		{"429", step{status: 429}, Options{}, teamwork.CircuitClosed},
		{"404", step{status: 404}, Options{}, teamwork.CircuitClosed},
		{"401", step{status: 401}, Options{}, teamwork.CircuitClosed},
		{"HTML", step{body: htmlPage}, Options{}, teamwork.CircuitClosed},
		{"redirects elsewhere", step{status: 302, header: "Location: https://evil.example/beta"}, Options{}, teamwork.CircuitClosed},
		{"an authorization without tokens", step{body: fine}, Options{Authorization: nobody{}}, teamwork.CircuitClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, s := scripted(t, c.opts, c.step)
				var reads sync.WaitGroup
				reads.Go(func() {
					for range tripAfter {
						_, _ = client.Device(t.Context(), "d1")
					}
				})
				if c.want == teamwork.CircuitOpen { // later, one of the reads may be the probe
					for wait := 0; client.Status(t.Context()).Circuit != c.want && wait < 3600; wait++ {
						time.Sleep(openFor / 4)
					}
				} else {
					reads.Wait()
				}
				defer reads.Wait()
				if got := client.Status(t.Context()).Circuit; got != c.want {
					t.Fatalf("the circuit is %s", got)
				}
				if c.want == teamwork.CircuitClosed {
					return
				}
				sent := s.count()
				_, err := client.CreateOperation(t.Context(), action(teamwork.DeviceRestart))
				if e := wantKind(t, err, teamwork.Unavailable); !e.Unsent || s.count() != sent {
					t.Errorf("%d sent: %+v", s.count()-sent, e)
				}
			})
		})
	}
}

func TestCallersWhoLeaveDoNotOpenTheCircuit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, s := scripted(t, Options{}, step{silent: true})
		for range 2 * tripAfter {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(7*time.Second, cancel)
			if _, err := client.Device(ctx, "d1"); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		if got := client.Status(t.Context()).Circuit; got != teamwork.CircuitClosed || s.tries != 2*tripAfter {
			t.Errorf("the circuit is %s after %d", got, s.tries)
		}
	})
}

// TestOnlyLatenessThatIsUpstreamsCounts: neither a caller's short deadline nor a third of
// it is upstream's fault.
func TestOnlyLatenessThatIsUpstreamsCounts(t *testing.T) {
	over, end := context.WithDeadline(t.Context(), time.Now())
	defer end()
	left, leave := context.WithCancel(t.Context())
	leave()
	late := context.DeadlineExceeded
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		took time.Duration
		want verdict
	}{
		{"a caller in a hurry", over, late, time.Second, unheard},
		{"a caller who was patient", over, late, fairTime, broken},
		{"a try of a caller in a hurry", t.Context(), late, time.Second, unheard},
		{"a try of a patient caller", t.Context(), late, fairTime, broken},
		{"a caller who left", left, late, time.Minute, unheard},
		{"a reset", t.Context(), errors.New("reset"), 0, broken},
		{"a redirect elsewhere", t.Context(), errOtherHost, 0, unheard},
		{"no token", t.Context(), nobody{}, time.Minute, unheard},
		{"a create whose answer was cut", withDeparture(t.Context(), reachedDeparture()), nobody{}, 0, broken},
	} {
		if got := verdictOf(c.ctx, nil, c.err, c.took); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	hurried := batched{err: late, reached: true, took: time.Second}
	if got, _ := hurried.verdictOfWhole(t.Context()); got != unheard {
		t.Errorf("a batch that was given up after a third of a short deadline: %d", got)
	}
	hurried.took = fairTime
	if got, _ := hurried.verdictOfWhole(t.Context()); got != broken {
		t.Errorf("a batch that was given up after a third of a long deadline: %d", got)
	}
}

func reachedDeparture() *departure {
	d := new(departure)
	d.reached.Store(true)
	return d
}
