package msgraph

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

const (
	// tripAfter is how many requests in a row must fail: at an upstream that fails every
	// second one that is no matter of chance.
	tripAfter = 15
	// openFor is how long upstream is left alone before one request tries.
	openFor = 2 * time.Second
	// probePatience is how long that one may last before the next follows, a while
	// after: its silence must not keep us from seeing that upstream is back.
	probePatience = 2 * time.Second
)

// circuit leaves upstream alone that only fails. Its 429s are none of its business.
type circuit struct {
	log *slog.Logger

	mu     sync.Mutex
	two    *gobreaker.TwoStepCircuitBreaker[struct{}]
	opened time.Time
}

var (
	errBroken     = errors.New("broken")
	errNotCounted = errors.New("not counted")
)

func newCircuit(log *slog.Logger) *circuit {
	c := &circuit{log: log}
	c.two = c.closed()
	return c
}

func (c *circuit) closed() *gobreaker.TwoStepCircuitBreaker[struct{}] {
	return gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Timeout:       openFor,
		ReadyToTrip:   func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= tripAfter },
		IsExcluded:    func(err error) bool { return errors.Is(err, errNotCounted) },
		OnStateChange: c.changed,
	})
}

// changed notes a change. A probe that failed is no news.
func (c *circuit) changed(_ string, from, to gobreaker.State) {
	if to == gobreaker.StateOpen {
		c.mu.Lock()
		c.opened = time.Now()
		c.mu.Unlock()
	}
	switch {
	case from == gobreaker.StateClosed && to == gobreaker.StateOpen:
		c.log.Warn("Microsoft Graph fails: it is left alone, but for a request now and then")
	case to == gobreaker.StateClosed:
		c.log.Info("Microsoft Graph answers again")
	}
}

func (c *circuit) breaker() *gobreaker.TwoStepCircuitBreaker[struct{}] {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.two
}

// state says what the circuit does.
func (c *circuit) state() teamwork.CircuitState {
	switch c.breaker().State() {
	case gobreaker.StateOpen:
		return teamwork.CircuitOpen
	case gobreaker.StateHalfOpen:
		return teamwork.CircuitHalfOpen
	}
	return teamwork.CircuitClosed
}

// refusal returns the error of whoever comes while the circuit is open, nil otherwise.
func (c *circuit) refusal() *teamwork.Error {
	if c.breaker().State() != gobreaker.StateOpen {
		return nil
	}
	return c.leftAlone()
}

func (c *circuit) leftAlone() *teamwork.Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := time.Until(c.opened.Add(openFor))
	if left <= 0 { // one request is trying
		left = probePatience
	}
	return &teamwork.Error{Kind: teamwork.Unavailable, RetryAfter: left, Unsent: true,
		Message: "Microsoft Graph failed too often, and is not asked for a moment"}
}

// allow lets a request through, or returns the error it ends with. Otherwise tell must be
// called once.
func (c *circuit) allow() (tell func(verdict), refused *teamwork.Error) {
	two := c.breaker()
	done, err := two.Allow()
	if err != nil {
		return nil, c.leftAlone()
	}
	if two.State() == gobreaker.StateHalfOpen {
		return c.probe(two, done), nil
	}
	return func(v verdict) { done(v.err()) }, nil
}

// probe lets one request find out whether upstream is back. If that takes long another
// one is let through later, and either may close the circuit.
func (c *circuit) probe(two *gobreaker.TwoStepCircuitBreaker[struct{}], done func(error)) func(verdict) {
	timer := time.AfterFunc(probePatience, func() { done(errBroken) })
	return func(v verdict) {
		if timer.Stop() {
			done(v.err())
			return
		}
		if v != answered {
			return
		}
		c.mu.Lock()
		slow := c.two == two
		if slow {
			c.two = c.closed()
		}
		c.mu.Unlock()
		if slow {
			c.changed("", gobreaker.StateHalfOpen, gobreaker.StateClosed)
		}
	}
}

// err is what the breaker counts.
func (v verdict) err() error {
	switch v {
	case answered:
		return nil
	case broken:
		return errBroken
	}
	return errNotCounted
}
