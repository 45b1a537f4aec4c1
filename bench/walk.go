package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

//go:embed walk.graphql
var walkPage string

const (
	// walkDevices is the size of a large tenant, and walkFirst of a page of GraphQL's.
	walkDevices, walkFirst = 3000, 100
	// walkReads are made for each device: its health, and a page of operations.
	walkReads = 2
	// walkPatience is the shortest lifetime of what is walked over: who is slower finds
	// nothing warm.
	walkPatience = 30 * time.Second
)

// walked is one walk over the whole tenant.
type walked struct {
	pages    int
	requests float64
	took     time.Duration
}

// walk reads the whole tenant, cold and then warm, and once more with a collector that
// hardly rests, which tells what is alive.
func (b *bench) walk(ctx context.Context) (string, error) {
	devices := walkDevices
	if b.short {
		devices = 200
	}
	if err := b.startSandbox(ctx, "-devices", strconv.Itoa(devices), "-operations", strconv.Itoa(pageSize), "-quiet", "-latency", "20ms"); err != nil {
		return "", err
	}
	defer b.stopNeighbours()
	var cold, warm []walked
	for round := range b.rounds {
		both, err := b.walks(ctx, devices, 2, "CACHE_MEMORY=512MiB")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(os.Stderr, "round %d: walk         cold %.0f upstream requests in %s, warm %.0f in %s\n",
			round+1, both.all[0].requests, both.all[0].took.Round(time.Millisecond), both.all[1].requests, both.all[1].took.Round(time.Millisecond))
		cold, warm = append(cold, both.all[0]), append(warm, both.all[1])
	}
	heap, err := b.walks(ctx, devices, 1, "CACHE=off", "GODEBUG=gctrace=1", "GOGC=10")
	if err != nil {
		return "", err
	}
	peak, collections, err := liveHeap(heap.said)
	if err != nil {
		return "", err
	}
	return walkTable(devices, cold, warm, peak, collections), nil
}

// walks are what one server did, and what it wrote.
type walks struct {
	all  []walked
	said string
}

// walks walks n times over a server of its own.
func (b *bench) walks(ctx context.Context, devices, n int, environ ...string) (w walks, err error) {
	at, err := freeAddress(ctx)
	if err != nil {
		return w, err
	}
	p, err := b.start(ctx, b.serverCPU, b.server(at, environ...))
	if err != nil {
		return w, err
	}
	defer p.stop()
	if err := p.until(ctx, at.dial); err != nil {
		return w, err
	}
	began := time.Now()
	for range n {
		one, err := b.walkOnce(ctx, at, devices)
		if err != nil {
			return w, err
		}
		w.all = append(w.all, one)
	}
	if took := time.Since(began); n > 1 && took > walkPatience {
		fmt.Fprintf(os.Stderr, "both walks took %s: some answers were older than their lifetime\n", took)
	}
	w.said = p.said()
	return w, nil
}

func (b *bench) walkOnce(ctx context.Context, at address, devices int) (w walked, err error) {
	if err := b.forgetCalls(ctx); err != nil {
		return w, err
	}
	began, seen, after := time.Now(), 0, (*string)(nil)
	for more := true; more; w.pages++ {
		request, err := graphQL(walkPage, map[string]any{"after": after})
		if err != nil {
			return w, err
		}
		answer, err := post(ctx, at.url("/graphql"), request)
		if err != nil {
			return w, err
		}
		n, cursor, err := aWalkPage(answer)
		if err != nil {
			return w, err
		}
		seen, after, more = seen+n, cursor, cursor != nil
	}
	if seen != devices {
		return w, fmt.Errorf("%d devices on the way, want %d", seen, devices)
	}
	w.took = time.Since(began)
	w.requests, err = b.calls(ctx)
	return w, err
}

// aWalkPage returns how many whole devices are on a page, and where the next begins.
func aWalkPage(answer []byte) (n int, next *string, err error) {
	var got struct {
		Data struct {
			Devices struct {
				Nodes []struct {
					Health          *struct{} `json:"health"`
					LatestOperation *struct{} `json:"latestOperation"`
				} `json:"nodes"`
				PageInfo struct {
					HasNextPage bool    `json:"hasNextPage"`
					EndCursor   *string `json:"endCursor"`
				} `json:"pageInfo"`
			} `json:"devices"`
		} `json:"data"`
		Errors []json.RawMessage `json:"errors"`
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return 0, nil, err
	}
	page := got.Data.Devices
	for _, device := range page.Nodes {
		if device.Health == nil || device.LatestOperation == nil {
			return 0, nil, fmt.Errorf("a device without health or operation: %.300s", answer)
		}
	}
	if len(got.Errors) > 0 || len(page.Nodes) == 0 || page.PageInfo.HasNextPage && page.PageInfo.EndCursor == nil {
		return 0, nil, fmt.Errorf("not a page of devices: %.300s", answer)
	}
	if page.PageInfo.HasNextPage {
		next = page.PageInfo.EndCursor
	}
	return len(page.Nodes), next, nil
}

// collected is what the runtime writes about a collection; the last figure is what was
// alive.
var collected = regexp.MustCompile(`(?m)^gc \d+ @.* \d+->\d+->(\d+) MB, `)

// liveHeap returns the most that was alive after any collection, in MiB: of the whole
// process, which is more than a request has.
func liveHeap(said string) (most, collections int, err error) {
	all := collected.FindAllStringSubmatch(said, -1)
	for _, one := range all {
		live, err := strconv.Atoi(one[1])
		if err != nil {
			return 0, 0, err
		}
		most = max(most, live)
	}
	if len(all) == 0 {
		err = errors.New("the runtime wrote of no collection")
	}
	return most, len(all), err
}

func walkTable(devices int, cold, warm []walked, heap, collections int) string {
	least := (devices+upstreamPage-1)/upstreamPage + (devices*walkReads+upstreamBatch-1)/upstreamBatch
	var t strings.Builder
	fmt.Fprintf(&t, "%d devices with health and latest operation, paged by %d, in %d queries:\n\n", devices, walkFirst, cold[0].pages)
	t.WriteString("| walk | upstream requests | least possible | ratio (wanted: 1.05 at most) | seconds |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, row := range []struct {
		name  string
		all   []walked
		least int
	}{{"cold", cold, least}, {"warm", warm, 0}} {
		requests := median(pick(row.all, func(w walked) float64 { return w.requests }))
		ratio := "–"
		if row.least > 0 {
			ratio = fmt.Sprintf("%.3f", requests/float64(row.least))
		}
		fmt.Fprintf(&t, "| %s | %.0f | %d | %s | %.1f |\n", row.name, requests, row.least, ratio,
			median(pick(row.all, func(w walked) float64 { return w.took.Seconds() })))
	}
	fmt.Fprintf(&t, "\nAlive after any of %d collections of a cold walk with `CACHE=off` and `GOGC=10`: %d MiB at most, the whole process (wanted for a request: under 32 MiB).", collections, heap)
	return t.String()
}
