package cache

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// sets counts the entries of operations that are written.
type sets struct {
	cluster.Store
	n     atomic.Int64
	mu    sync.Mutex
	fails bool
}

func (s *sets) Overrule(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	s.mu.Lock()
	fails := s.fails
	s.mu.Unlock()
	if strings.Contains(key, ":operation:id=") {
		if fails {
			return cluster.ErrDown
		}
		s.n.Add(1)
	}
	return s.Store.Overrule(ctx, key, value, ttl)
}

func (s *sets) fail(fails bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fails = fails
}

// member asks replica i for an operation of the page, by itself.
func (p *stage) member(i int, id string) (string, error) {
	op, err := p.replicas[i].Operation(p.ctx, teamwork.DeviceOperationKey{DeviceID: "d1", OperationID: id})
	synctest.Wait()
	if err != nil {
		return "", err
	}
	return *op.Error.Message, nil
}

// TestFinalOperationIsNeverFetchedByItself has one replica read a page, and another its
// members: after creates too, and after changes that somebody sees.
func TestFinalOperationIsNeverFetchedByItself(t *testing.T) {
	for level, opts := range levels {
		t.Run(level, func(t *testing.T) {
			play(t, 2, opts, func(t *testing.T, p *stage) {
				page, _, _ := p.read(0, "Operations")
				for _, after := range []string{"the page", "a create", "an hour", "a change"} {
					switch after {
					case "a create":
						_, _ = p.replicas[1].CreateOperation(p.ctx, restart)
					case "an hour":
						time.Sleep(time.Hour)
					case "a change":
						_, _, _ = p.read(0, "Operations")
						p.status = "Failed"
						time.Sleep(2 * pageLife)
						_, _, _ = p.read(0, "Operations")
						p.status = ""
					}
					synctest.Wait()
					asked := p.count()
					for i := range 5 {
						say, err := p.member(1, fmt.Sprint("o", i))
						if err != nil || after != "a change" && say != page || p.count() != asked {
							t.Errorf("after %s: %q, %v, from %q", after, say, err, p.seen[1].last())
						}
					}
				}
			})
		})
	}
}

// TestOperationUnderWayIsNotSpread: it may have ended by the time somebody reads it.
func TestOperationUnderWayIsNotSpread(t *testing.T) {
	play(t, 2, inMemory, func(t *testing.T, p *stage) {
		p.status = "InProgress"
		_, _, _ = p.read(0, "Operations")
		if _, err := p.member(1, "o1"); err != nil || p.seen[1].last() != Upstream {
			t.Errorf("%v, from %q", err, p.seen[1].last())
		}
	})
}

// TestFinalOperationsAreWrittenOnce reads a page again and again on two replicas.
func TestFinalOperationsAreWrittenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, err := cluster.Open("", cluster.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer store.Close()
		counts := &sets{Store: store}
		u := &upstream{now: time.Now}
		ctx := as(t.Context(), "p")
		var replicas []*Service
		for range 2 {
			s := New(u, Options{Store: counts, Memory: 1 << 20})
			defer s.Close()
			replicas = append(replicas, s)
		}
		read := func() {
			for _, s := range replicas {
				_, _, _ = readNamed("Operations")(ctx, s)
				synctest.Wait()
			}
		}
		for range 20 {
			time.Sleep(pageLife)
			read()
		}
		if n := counts.n.Load(); n != 5 {
			t.Errorf("%d entries were written for 5 operations", n)
		}
		time.Sleep(time.Hour) // the store may have lost them
		read()
		time.Sleep(pageLife)
		read()
		if n := counts.n.Load(); n != 10 {
			t.Errorf("%d entries were written, the second hour included", n)
		}
		time.Sleep(time.Hour)
		counts.fail(true)
		read()
		counts.fail(false)
		time.Sleep(pageLife)
		read()
		if n := counts.n.Load(); n != 15 {
			t.Errorf("%d entries were written, those included that failed first", n)
		}
	})
}

// TestRefusedFinalOperationDoesNotComeBack refuses one by itself, once a day is over.
func TestRefusedFinalOperationDoesNotComeBack(t *testing.T) {
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			play(t, 2, Options{}, func(t *testing.T, p *stage) {
				_, _, _ = p.read(0, "Operations")
				if _, err := p.member(1, "o1"); err != nil || p.seen[1].last() != Shared {
					t.Fatalf("%v, from %q", err, p.seen[1].last())
				}
				time.Sleep(finalOperationLife)
				p.set(failing(0, refusal))
				_, _ = p.member(1, "o1")
				time.Sleep(time.Minute)
				p.set(failing(0, outage))
				for i := range p.replicas {
					for _, id := range []string{"o1", "o2"} { // with all that hangs on the device
						if say, err := p.member(i, id); err == nil {
							t.Errorf("replica %d says %q of %s", i, say, id)
						}
					}
				}
			})
		})
	}
}

func TestFinalsAreBounded(t *testing.T) {
	f := newFinals()
	token := newToken("", time.Now())
	page := &kept{token: &token, fetchedAt: time.Now()}
	for i := range maxFinals + 10 {
		op := &teamwork.DeviceOperation{OperationID: fmt.Sprint(i), StatusRaw: "Successful"}
		f.add(nearKey{}, page, []*teamwork.DeviceOperation{op})
	}
	if n := len(f.all); n > maxFinals {
		t.Errorf("%d are remembered", n)
	}
}
