package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// result is one cell of one round.
type result struct {
	rate       float64 // requests a second
	cpu        float64 // of the program, milliseconds a request
	busy       float64 // the share of the time that it spent on its core
	p50, p99   float64 // milliseconds
	alone      float64 // the median over one connection, milliseconds
	idle, full float64 // megabytes resident, after the first answer and at the end
	calls      float64 // upstream, for one request
	loadCalls  float64 // upstream, a request under load
}

// filled puts this run's addresses where they are named.
func (b *bench) filled(s *scenario, text string) string {
	if text == "answer.json" {
		return filepath.Join(b.dir, text)
	}
	return strings.NewReplacer("UPSTREAM", b.stubs[s.upstream].url("/beta"), "REDIS", string(b.redis), "DEVICE", stubDevices()[0]).Replace(text)
}

// measure starts a cell's program, looks at its answer, warms it up, loads it, and
// looks again.
func (b *bench) measure(ctx context.Context, s *scenario, c cell) (r result, err error) {
	a, err := freeAddress(ctx)
	if err != nil {
		return r, err
	}
	u := &underTest{bench: b, at: a, check: c.check, connections: s.connections}
	if u.check == nil {
		u.check = answered(s.operations)
	}
	if u.requests, err = s.requests(c); err != nil {
		return r, err
	}
	b.sandbox = b.stubs[s.upstream]
	if u.process, err = b.start(ctx, b.serverCPU, c.command(b, s, a)); err != nil {
		return r, err
	}
	defer u.stop()
	if err := u.until(ctx, u.looked); err != nil {
		return r, err
	}
	if r.idle, err = u.memory(); err != nil {
		return r, err
	}
	if c.forgets {
		if err := u.forgets(ctx); err != nil {
			return r, err
		}
	}
	err = u.loaded(ctx, &r)
	return r, cmp.Or(err, u.looked(ctx))
}

// underTest is a program that answers.
type underTest struct {
	*bench
	*process
	at          address
	requests    [][]byte
	check       func([]byte) error
	connections int
	size        int // of the last answer
}

// looked asks once, and reports what is wrong with the answer.
func (u *underTest) looked(ctx context.Context) error {
	answer, err := fetch(ctx, http.MethodPost, u.at.url("/graphql"), u.requests[0])
	if err != nil {
		return err
	}
	u.size = len(answer)
	return u.check(answer)
}

// loaded is the part of a cell that counts.
func (u *underTest) loaded(ctx context.Context, r *result) error {
	url := u.at.url("/graphql")
	if u.warmUp > 0 {
		if _, err := u.load(ctx, url, u.requests, u.connections, u.warmUp); err != nil {
			return err
		}
	}
	calls, err := u.callsOf(ctx, func() error { return u.looked(ctx) })
	if err != nil {
		return err
	}
	r.calls = calls
	before, err := u.cpu()
	if err != nil {
		return err
	}
	var l load
	if calls, err = u.callsOf(ctx, func() (err error) {
		l, err = u.underLoad(ctx, url)
		return err
	}); err != nil {
		return err
	}
	after, err := u.cpu()
	if err != nil {
		return err
	}
	spent := after - before
	r.rate, r.cpu, r.busy = l.Requests/l.Micros*1e6, milliseconds(spent)/l.Requests, 1e3*milliseconds(spent)/l.Micros
	r.p50, r.p99, r.loadCalls = l.P50/1e3, l.P99/1e3, calls/l.Requests
	if r.full, err = u.memory(); err != nil {
		return err
	}
	return u.loadedAlone(ctx, r)
}

// underLoad lets wrk send requests, and reports whether the answers can have been right.
// In a run that is short, and measures nothing, a machine may have been too busy to
// answer any within its second: then there are five.
func (u *underTest) underLoad(ctx context.Context, url string) (load, error) {
	l, err := u.load(ctx, url, u.requests, u.connections, u.bench.seconds)
	if err == nil && u.short && l.Requests == 0 && l.Errors == 0 {
		l, err = u.load(ctx, url, u.requests, u.connections, 5)
	}
	return l, cmp.Or(err, l.right(u.size))
}

// loadedAlone asks over one connection.
func (u *underTest) loadedAlone(ctx context.Context, r *result) error {
	if u.short {
		r.alone = math.NaN()
		return nil
	}
	l, err := u.load(ctx, u.at.url("/graphql"), u.requests, 1, 1+u.bench.seconds/5)
	r.alone = l.P50 / 1e3
	return err
}

// callsOf counts what do makes a program ask upstream.
func (b *bench) callsOf(ctx context.Context, do func() error) (float64, error) {
	if err := b.settle(ctx); err != nil {
		return 0, err
	}
	if err := cmp.Or(b.forgetCalls(ctx), do()); err != nil {
		return 0, err
	}
	return b.calls(ctx)
}

// settle waits until upstream is asked no more: a load that ended left requests behind.
func (b *bench) settle(ctx context.Context) error {
	for last := -1.0; ; {
		now, err := b.calls(ctx)
		if err != nil || now == last {
			return err
		}
		last = now
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// benchScenarios measures everything, round by round.
func benchScenarios(ctx context.Context, b *bench) (string, error) {
	peers, err := readPeers(os.Getenv("PEERS"))
	if err != nil {
		return "", err
	}
	if err := cmp.Or(b.startStubs(ctx), b.startRedis(ctx), b.keepAnswer(ctx)); err != nil {
		return "", err
	}
	figures := map[string][]result{}
	for round := range b.rounds {
		for _, s := range b.chosen() {
			if err := b.scenarioRound(ctx, s, peers, round, figures); err != nil {
				return "", err
			}
		}
	}
	all := scores(figures, peers)
	if len(b.only) > 0 {
		return b.resultsText(all, ""), nil
	}
	around, err := b.around(ctx)
	if err != nil {
		return "", err
	}
	if b.write {
		if err := keepResults(b.resultsText(all, around), chart(all)); err != nil {
			return "", err
		}
	}
	return b.resultsText(all, around), nil
}

// chosen returns the scenarios that are measured.
func (b *bench) chosen() (all []*scenario) {
	for _, s := range scenarios {
		if len(b.only) == 0 || slices.Contains(b.only, s.name) {
			all = append(all, s)
		}
	}
	return all
}

// scenarioRound measures a scenario's cells one after the other. A peer that fails is
// left out of the results; it is not what is under test.
func (b *bench) scenarioRound(ctx context.Context, s *scenario, peers []*peer, round int, figures map[string][]result) error {
	for _, c := range s.with(peers) {
		r, err := b.measure(ctx, s, c)
		if err != nil && c.peer != nil && ctx.Err() == nil {
			fmt.Fprintf(os.Stderr, "round %d: %-10s %-20s failed: %v\n", round+1, s.name, c.name, err)
			continue
		}
		if err != nil {
			return fmt.Errorf("%s, %s: %w", s.name, c.name, err)
		}
		fmt.Fprintf(os.Stderr, "round %d: %-10s %-20s %7.0f requests/s, %.3f ms CPU each, busy %.0f%%\n", round+1, s.name, c.name, r.rate, r.cpu, 100*r.busy)
		figures[s.name+"/"+c.name] = append(figures[s.name+"/"+c.name], r)
	}
	return nil
}

// with returns the scenario's cells, those of peers behind the others.
func (s *scenario) with(peers []*peer) []cell {
	all := append([]cell(nil), s.cells...)
	for _, p := range peers {
		if _, ok := p.Scenarios[s.name]; ok {
			all = append(all, cell{name: p.Name, command: p.command, peer: p})
		}
	}
	return all
}

// keepAnswer has the server answer once: these bytes are what the limit writes.
func (b *bench) keepAnswer(ctx context.Context) error {
	hot := scenarios[0]
	request, err := graphQL(hot.query, hot.variables(stubDevices()[0]))
	if err != nil {
		return err
	}
	a, err := freeAddress(ctx)
	if err != nil {
		return err
	}
	p, err := b.start(ctx, b.serverCPU, serverWith()(b, hot, a))
	if err != nil {
		return err
	}
	defer p.stop()
	return p.until(ctx, func(ctx context.Context) error {
		answer, err := fetch(ctx, http.MethodPost, a.url("/graphql"), request)
		if err != nil {
			return err
		}
		b.answer = len(answer)
		return cmp.Or(answered(hot.operations)(answer), b.save("answer.json", answer))
	})
}
