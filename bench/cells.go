package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// cell is one program under load.
type cell struct {
	name    string
	against string // the cell that its ratios refer to
	command func(*bench, address) command
	check   func(answer []byte) error
}

// cells are measured one after the other in each round, so that whatever else the
// machine does is shared out among them.
var cells = []cell{
	{"limit", "limit", limit, aPage},
	{"cached", "limit", cached, aPage},
	{"cached-redis", "limit", cachedRedis, aPage},
	{"limit-proxy", "limit-proxy", limitProxy, aRawPage},
	{"uncached", "limit-proxy", uncached, aPage},
}

// benchServer measures everything, round by round.
func benchServer(ctx context.Context, b *bench) (string, error) {
	if err := cmp.Or(b.startNeighbours(ctx), b.ask(ctx)); err != nil {
		return "", err
	}
	measured := map[string][]result{}
	for round := range b.rounds {
		for _, c := range cells {
			r, err := b.measure(ctx, c)
			if err != nil {
				return "", fmt.Errorf("%s: %w", c.name, err)
			}
			fmt.Fprintf(os.Stderr, "round %d: %-12s %6.0f requests/s, %.3f ms CPU each\n", round+1, c.name, r.rate, r.cpu)
			measured[c.name] = append(measured[c.name], r)
		}
	}
	starts, err := b.startTimes(ctx)
	if err != nil {
		return "", fmt.Errorf("start: %w", err)
	}
	how := fmt.Sprintf("%d × %d s a cell after %d s of warm-up, %d connections.", b.rounds, b.seconds, b.warmUp, connections)
	return machine() + how + "\n\n" + table(measured, len(b.answer)) + "\n\n" + startLine(starts), nil
}

func limit(b *bench, a address) command {
	return command{b.program("limit"), []string{"-addr", string(a), "-answer", filepath.Join(b.dir, "answer.json")}, nil}
}

func limitProxy(b *bench, a address) command {
	page := b.sandbox.url("/beta/teamwork/devices/" + b.device + "/operations?$top=" + strconv.Itoa(pageSize))
	return command{b.program("limit"), []string{"-addr", string(a), "-upstream", page}, nil}
}

func cached(b *bench, a address) command { return b.server(a) }

func cachedRedis(b *bench, a address) command {
	return b.server(a, "CACHE_MEMORY=0", "REDIS_URL=redis://"+string(b.redis))
}

func uncached(b *bench, a address) command { return b.server(a, "CACHE=off") }

func (b *bench) server(a address, environ ...string) command {
	usual := []string{"LISTEN_ADDR=" + string(a), "GRAPH_URL=" + b.sandbox.url("/beta"), "GRAPH_AUTH=none", "ADMIN_ADDR=off", "LOG_LEVEL=warn"}
	return command{b.program("teamwork-graphql"), nil, append(usual, environ...)} // of two values the later counts
}

func (b *bench) program(name string) string { return filepath.Join(b.bin, name) }

// result is one cell of one round.
type result struct {
	rate     float64 // requests a second
	cpu      float64 // of the server, milliseconds a request
	busy     float64 // the share of the time that the server spent on its core
	p50, p99 float64 // milliseconds
	memory   float64 // megabytes, at the end
	calls    float64 // upstream, a request
}

// measure starts a cell's program, warms it up, loads it, and looks at its answer
// before and after.
func (b *bench) measure(ctx context.Context, c cell) (result, error) {
	a, err := freeAddress(ctx)
	if err != nil {
		return result{}, err
	}
	p, err := b.start(ctx, b.serverCPU, c.command(b, a))
	if err != nil {
		return result{}, err
	}
	defer p.stop()
	var size int
	looked := func(ctx context.Context) error {
		answer, err := fetch(ctx, http.MethodPost, a.url("/graphql"), b.request)
		if err != nil {
			return err
		}
		size = len(answer)
		return c.check(answer)
	}
	if err := p.until(ctx, looked); err != nil {
		return result{}, err
	}
	if b.warmUp > 0 {
		if _, err := b.load(ctx, a.url("/graphql"), b.warmUp); err != nil {
			return result{}, err
		}
	}
	r, err := b.loaded(ctx, p, a, size)
	return r, cmp.Or(err, looked(ctx))
}

// loaded is the part of a cell that counts.
func (b *bench) loaded(ctx context.Context, p *process, a address, size int) (result, error) {
	if err := b.forgetCalls(ctx); err != nil {
		return result{}, err
	}
	before, err := p.cpu()
	if err != nil {
		return result{}, err
	}
	l, err := b.load(ctx, a.url("/graphql"), b.seconds)
	if err != nil {
		return result{}, err
	}
	after, err := p.cpu()
	if err != nil {
		return result{}, err
	}
	memory, err := p.memory()
	if err != nil {
		return result{}, err
	}
	calls, err := b.calls(ctx)
	spent := float64(after-before) / float64(time.Microsecond)
	return result{
		rate: l.Requests / l.Micros * 1e6, cpu: spent / l.Requests / 1e3, busy: spent / l.Micros,
		p50: l.P50 / 1e3, p99: l.P99 / 1e3, memory: memory, calls: calls / l.Requests,
	}, cmp.Or(err, l.right(size))
}
