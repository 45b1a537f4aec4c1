package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faultyRate is how many queries of 50 devices are sent a second.
const faultyRate = 20

// innerFaults are what all reads meet with but the list of devices.
const innerFaults = `{"throttle":0.05,"retryAfter":1,"error":0.02}`

// endured is one load, with faults or without.
type endured struct {
	queries, failed int            // failed as a whole: the list of devices is not there
	missing         int            // devices without operations
	codes           map[string]int // of errors below the list
	inner, outer    float64        // requests upstream
	p50, p99        float64
}

// faulty compares a load with faults with the same without.
func (b *bench) faulty(ctx context.Context) (string, error) {
	var without, with []endured
	for round := range b.rounds {
		for _, faults := range []string{"{}", innerFaults} {
			e, err := b.endure(ctx, faults)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(os.Stderr, "round %d: faults %-48s %d queries, %d failed, %d devices missing %v, %.0f inner requests, p50 %.0f ms, p99 %.0f ms\n",
				round+1, faults, e.queries, e.failed, e.missing, e.codes, e.inner, e.p50, e.p99)
			if faults == innerFaults {
				with = append(with, e)
			} else {
				without = append(without, e)
			}
		}
	}
	return faultyTable(without, with, b.rounds, b.seconds), nil
}

// endure puts a load on a server of its own. Two sandboxes play the same tenant: the one
// that has faults gets what a fleet's batches are made of, also if it comes alone, the
// other the list of devices.
func (b *bench) endure(ctx context.Context, faults string) (e endured, err error) {
	defer b.stopNeighbours()
	var sandboxes [2]address
	for i := range sandboxes {
		if err := b.startSandbox(ctx, "-devices", strconv.Itoa(upstreamPage), "-operations", strconv.Itoa(pageSize), "-quiet", "-latency", "20ms"); err != nil {
			return e, err
		}
		sandboxes[i] = b.sandbox
	}
	well, ill := sandboxes[0], sandboxes[1]
	front, stop, err := fork(ctx, well, ill)
	if err != nil {
		return e, err
	}
	defer stop()
	b.sandbox = front
	at, err := freeAddress(ctx)
	if err != nil {
		return e, err
	}
	server, err := b.start(ctx, b.serverCPU, b.server(at, "CACHE=off"))
	if err != nil {
		return e, err
	}
	defer server.stop()
	if err := server.until(ctx, at.dial); err != nil {
		return e, err
	}
	if _, err := fetch(ctx, http.MethodPost, ill.url("/_sandbox/faults"), []byte(faults)); err != nil {
		return e, err
	}
	for _, s := range sandboxes {
		if _, err := fetch(ctx, http.MethodDelete, s.url("/_sandbox/stats"), nil); err != nil {
			return e, err
		}
	}
	if e, err = askFleet(ctx, at, b.seconds); err != nil {
		return e, err
	}
	e.outer, e.inner, err = sent(ctx, sandboxes[:])
	return e, err
}

// fork serves the list of devices by one sandbox and the rest by the other.
func fork(ctx context.Context, list, rest address) (front address, stop func(), err error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	proxy := &httputil.ReverseProxy{
		ErrorLog:  log.New(io.Discard, "", 0), // the server gives requests up that nobody waits for
		Transport: &http.Transport{MaxIdleConnsPerHost: 1024, DisableCompression: true},
		Rewrite: func(r *httputil.ProxyRequest) {
			to := rest
			if strings.HasSuffix(r.In.URL.Path, "/teamwork/devices") {
				to = list
			}
			r.SetURL(&url.URL{Scheme: "http", Host: string(to)})
			r.Out.Host = r.In.Host // links lead back here
		},
	}
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	return address(listener.Addr().String()), func() { _ = server.Close() }, nil
}

// sent counts what came to all sandboxes.
func sent(ctx context.Context, sandboxes []address) (outer, inner float64, err error) {
	for _, s := range sandboxes {
		answer, err := fetch(ctx, http.MethodGet, s.url("/_sandbox/stats"), nil)
		if err != nil {
			return 0, 0, err
		}
		var got struct{ Requests, Inner float64 }
		if err := json.Unmarshal(answer, &got); err != nil {
			return 0, 0, err
		}
		outer, inner = outer+got.Requests, inner+got.Inner
	}
	return outer, inner, nil
}

// askFleet asks at a fixed rate, however long the answers take: a query counts from when
// it was due.
func askFleet(ctx context.Context, at address, seconds int) (e endured, err error) {
	request, err := graphQL(fleet, map[string]any{"first": upstreamPage})
	if err != nil {
		return e, err
	}
	type told struct {
		took time.Duration
		got  fleetAnswer
		err  error
	}
	e.queries, e.codes = seconds*faultyRate, map[string]int{}
	tell := make(chan told, e.queries)
	begin := time.Now()
	for i := range e.queries {
		due := begin.Add(time.Duration(i) * time.Second / faultyRate)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return e, ctx.Err()
		}
		go func() {
			t := told{}
			answer, err := post(ctx, at.url("/graphql"), request)
			t.took = time.Since(due)
			t.err = cmp.Or(err, json.Unmarshal(answer, &t.got))
			tell <- t
		}()
	}
	var took []time.Duration
	for range e.queries {
		t := <-tell
		if t.err != nil {
			fmt.Fprintln(os.Stderr, "a query failed:", t.err)
		}
		took = append(took, t.took)
		e.add(t.got)
	}
	e.p50, e.p99 = quantiles(took)
	return e, ctx.Err()
}

// add counts what is missing of an answer.
func (e *endured) add(got fleetAnswer) {
	if got.Data.Devices == nil || len(got.Data.Devices.Nodes) != upstreamPage {
		e.failed++
		return
	}
	for _, device := range got.Data.Devices.Nodes {
		if device.Operations == nil {
			e.missing++
		}
	}
	for _, one := range got.Errors {
		e.codes[one.Extensions.Code]++
	}
}

func faultyTable(without, with []endured, rounds, seconds int) string {
	var t strings.Builder
	fmt.Fprintf(&t, "%d × %d s of %d queries a second, %d devices each, `CACHE=off`; \"faults\" are `%s` for all reads but the list of devices:\n\n", rounds, seconds, faultyRate, upstreamPage, innerFaults)
	t.WriteString("| load | queries | failed as a whole (wanted: 0) | inner requests | ratio (wanted: 1.10 at most) | HTTP requests | devices without operations | errors at their paths, of all rounds | p50 ms | p99 ms |\n")
	t.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: | ---: |\n")
	inner := func(e endured) float64 { return e.inner }
	for _, row := range []struct {
		name string
		all  []endured
	}{{"no faults", without}, {"faults", with}} {
		of := func(figure func(endured) float64) float64 { return median(pick(row.all, figure)) }
		codes := map[string]int{}
		for _, e := range row.all {
			for code, n := range e.codes {
				codes[code] += n
			}
		}
		var errs []string
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			errs = append(errs, fmt.Sprintf("%d `%s`", codes[code], code))
		}
		fmt.Fprintf(&t, "| %s | %d | %.0f | %.0f | %.3f | %.0f | %.0f | %s | %.0f | %.0f |\n", row.name, row.all[0].queries,
			slices.Max(pick(row.all, func(e endured) float64 { return float64(e.failed) })),
			of(inner), ratio(row.all, without, inner), of(func(e endured) float64 { return e.outer }),
			of(func(e endured) float64 { return float64(e.missing) }), cmp.Or(strings.Join(errs, ", "), "none"),
			of(func(e endured) float64 { return e.p50 }), of(func(e endured) float64 { return e.p99 }))
	}
	return strings.TrimSpace(t.String())
}
