package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"time"
)

//go:embed replicas.graphql
var dashboard string

// seen is what the readers saw.
type seen struct {
	readers, reads int
	stale          int     // answers marked so
	tooOld         int     // answers older than twice their lifetime, and the tolerance
	early          int     // fetches that were made while the one before was fresh
	fetches        int     // that the answers came from
	oldest         float64 // age of an answer, in lifetimes
	p50, p99       float64 // milliseconds since the read was due
}

// tolerance is what an answer may be older than twice its lifetime.
const tolerance = time.Second

// look is one answer, as one reader saw it.
type look struct {
	fetchedAt, freshUntil time.Time
	stale                 bool
	at                    time.Time
	took                  time.Duration
}

// reader asks one replica for one device every second.
type reader struct {
	url     string
	request []byte
	first   time.Time
	client  *http.Client
	looks   []look
}

// readAll lets everybody read for some seconds. The readers' moments are spread over
// the second, and those of one device over the replicas.
func readAll(ctx context.Context, c crowd, devices []string, servers []replica, seconds int) (seen, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	transport := &http.Transport{MaxIdleConnsPerHost: len(devices) * c.readers}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	readers := make([]*reader, len(devices)*c.readers)
	begin := time.Now().Add(100 * time.Millisecond)
	done := make(chan struct{})
	for i := range readers {
		device, nth := i%len(devices), i/len(devices)
		request, err := graphQL(dashboard, map[string]any{"deviceId": devices[device]})
		if err != nil {
			return seen{}, err
		}
		readers[i] = &reader{
			url: servers[(device+nth)%len(servers)].at.url("/graphql"), request: request, client: client,
			first: begin.Add(time.Second * time.Duration(i) / time.Duration(len(readers))),
		}
		go func() {
			if err := readers[i].read(ctx, seconds); err != nil {
				cancel(err)
			}
			done <- struct{}{}
		}()
	}
	for range readers {
		<-done
	}
	if err := context.Cause(ctx); err != nil {
		return seen{}, err
	}
	return sum(readers, len(devices))
}

// read asks once a second. A reader that is late asks at once, and skips nothing: its
// answers count from when they were due.
func (r *reader) read(ctx context.Context, seconds int) error {
	for i := range seconds {
		due := r.first.Add(time.Duration(i) * time.Second)
		select {
		case <-time.After(time.Until(due)):
		case <-ctx.Done():
			return ctx.Err()
		}
		l, err := r.look(ctx)
		if err != nil {
			return err
		}
		l.took = l.at.Sub(due)
		r.looks = append(r.looks, l)
	}
	return nil
}

func (r *reader) look(ctx context.Context) (l look, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url, bytes.NewReader(r.request))
	if err != nil {
		return l, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return l, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return l, err
	}
	l.at = time.Now()
	var got struct {
		Data struct {
			DeviceOperations *struct {
				Nodes []struct{}
				Meta  struct {
					FetchedAt, FreshUntil time.Time
					Stale                 bool
				}
			}
		}
		Errors []json.RawMessage
	}
	if err := json.Unmarshal(answer, &got); err != nil {
		return l, err
	}
	page := got.Data.DeviceOperations
	if len(got.Errors) > 0 || page == nil || len(page.Nodes) != 5 {
		return l, fmt.Errorf("not a page of 5 operations: %.300s", answer)
	}
	l.fetchedAt, l.freshUntil, l.stale = page.Meta.FetchedAt, page.Meta.FreshUntil, page.Meta.Stale
	if !l.fetchedAt.Before(l.freshUntil) {
		return l, fmt.Errorf("a page without a lifetime: %.300s", answer)
	}
	return l, nil
}

// lifetimes is how old an answer was, measured in its lifetime.
func (l look) lifetimes() float64 {
	return float64(l.at.Sub(l.fetchedAt)) / float64(l.freshUntil.Sub(l.fetchedAt))
}

// tooOld reports an answer that nobody should get while upstream is well.
func (l look) tooOld() bool {
	return l.at.Sub(l.fetchedAt) > 2*l.freshUntil.Sub(l.fetchedAt)+tolerance
}

func sum(readers []*reader, devices int) (seen, error) {
	s := seen{readers: len(readers)}
	var took []time.Duration
	fetched := make([]map[time.Time]time.Time, devices)
	for i, r := range readers {
		if fetched[i%devices] == nil {
			fetched[i%devices] = map[time.Time]time.Time{}
		}
		for _, l := range r.looks {
			s.reads++
			if l.stale {
				s.stale++
			}
			if l.tooOld() {
				s.tooOld++
			}
			took = append(took, l.took)
			s.oldest = max(s.oldest, l.lifetimes())
			fetched[i%devices][l.fetchedAt] = l.freshUntil
		}
	}
	if s.reads == 0 {
		return s, errors.New("nobody read")
	}
	for _, fetches := range fetched {
		s.fetches += len(fetches)
		s.early += early(fetches)
	}
	slices.Sort(took)
	s.p50, s.p99 = milliseconds(took[len(took)/2]), milliseconds(took[len(took)*99/100])
	return s, nil
}

// early counts the fetches of a device that were made while the one before was fresh.
func early(fetches map[time.Time]time.Time) (n int) {
	var last time.Time
	for _, at := range slices.SortedFunc(maps.Keys(fetches), time.Time.Compare) {
		if at.Before(last) {
			n++
		}
		last = fetches[at]
	}
	return n
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
