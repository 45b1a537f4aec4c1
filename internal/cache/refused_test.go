package cache

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster"
)

// tardy is a Store that says it failed to set an entry, and sets it later: it is Redis
// after a pen whose release was lost as well.
type tardy struct {
	cluster.Store
	mu   sync.Mutex
	late []func()
	held bool
}

func (s *tardy) Pen(ctx context.Context, key, term string, ttl time.Duration) (cluster.Pen, error) {
	p, err := s.Store.Pen(ctx, key, term, ttl)
	if p == nil || err != nil {
		return nil, err
	}
	return tardyPen{p, s, key}, nil
}

type tardyPen struct {
	cluster.Pen
	of  *tardy
	key string
}

func (p tardyPen) Set(ctx context.Context, value []byte, ttl time.Duration) (bool, error) {
	s := p.of
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.held {
		return p.Pen.Set(ctx, value, ttl)
	}
	s.late = append(s.late, func() { _ = s.Store.Set(context.Background(), p.key, value, ttl) })
	return false, context.DeadlineExceeded
}

func (s *tardy) hold(held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = held
	for _, f := range s.late {
		f()
	}
	s.late = nil
}

// TestRefusedAnswerDoesNotComeBackWithALateWrite has one replica write an answer late,
// after another was refused it. Nobody serves it: not who was refused, and not who comes
// later and knows nothing of that.
func TestRefusedAnswerDoesNotComeBackWithALateWrite(t *testing.T) {
	for name, refusal := range refusals {
		for when, known := range map[string]bool{"was known": true, "was not known": false} {
			t.Run(name+", "+when, func(t *testing.T) {
				play(t, 2, Options{}, func(t *testing.T, p *stage) {
					late := &tardy{Store: p.stores[0].Store}
					p.stores[0].Store = late
					if known {
						_, _, _ = p.read(0, "Health")
						time.Sleep(2 * healthLife)
					}
					late.hold(true)
					_, _, _ = p.read(0, "Health")
					time.Sleep(time.Second)
					p.set(failing(0, refusal))
					if _, _, err := p.read(1, "Health"); err == nil {
						t.Fatal("it was not refused")
					}
					time.Sleep(time.Second)
					late.hold(false)
					time.Sleep(noneLife)
					p.set(failing(0, outage))
					if known {
						defer p.join(Options{}).Close()
						synctest.Wait()
					}
					for i := 1; i < len(p.replicas); i++ {
						if say, meta, err := p.read(i, "Health"); err == nil {
							t.Errorf("replica %d says %q, %+v", i, say, meta)
						}
					}
				})
			})
		}
	}
}

// TestRefusalOfWhatIsNotThereForgetsNothingElse: whoever asks for it again and again must
// not make everybody lose what is known of the device.
func TestRefusalOfWhatIsNotThereForgetsNothingElse(t *testing.T) {
	for name, refusal := range refusals {
		t.Run(name, func(t *testing.T) {
			play(t, 2, inMemory, func(t *testing.T, p *stage) {
				first, _, _ := p.read(0, "Configuration")
				p.set(failing(0, refusal))
				for range 3 {
					_, _, _ = p.read(1, "Health")
					time.Sleep(noneLife)
				}
				asked := p.count()
				for i := range p.replicas {
					if say, _, err := p.read(i, "Configuration"); err != nil || say != first || p.count() != asked {
						t.Errorf("replica %d: %q, %v", i, say, err)
					}
				}
			})
		})
	}
}

// TestAnswerThatIsThereAgainIsShared refuses once: the next answer serves all replicas.
func TestAnswerThatIsThereAgainIsShared(t *testing.T) {
	play(t, 3, Options{}, func(t *testing.T, p *stage) {
		p.set(failing(0, refusals["404"]))
		_, _, _ = p.read(0, "Health")
		p.set(nil)
		time.Sleep(noneLife)
		first, _, _ := p.read(0, "Health")
		asked := p.count()
		for i := range p.replicas {
			if say, _, err := p.read(i, "Health"); err != nil || say != first || p.count() != asked {
				t.Errorf("replica %d: %q, %v", i, say, err)
			}
		}
	})
}

// TestReadOnlyStoreStillHasAChannel creates, and has another replica see a change, while
// nothing can be written: the news are told all the same.
func TestReadOnlyStoreStillHasAChannel(t *testing.T) {
	for name, happens := range map[string]func(p *stage){
		"create": func(p *stage) { _, _ = p.replicas[0].CreateOperation(p.ctx, restart) },
		"change": func(p *stage) {
			p.status = "Successful"
			time.Sleep(movingPageLife)
			_, _, _ = p.read(0, "Operations")
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, 2, inMemory, func(t *testing.T, p *stage) {
				p.status = "InProgress"
				for i := range p.replicas {
					_, _, _ = p.read(i, "Health")
					_, _, _ = p.read(i, "Operations")
				}
				for _, s := range p.stores {
					s.failSet.Store(true)
					s.failDelete.Store(true)
					s.failLease.Store(true)
				}
				happens(p)
				synctest.Wait()
				k := nearKey{"p", healthNoun.name, question{device: "d1"}}
				for i, s := range p.replicas {
					if s.near.get(k, time.Now()) != nil {
						t.Errorf("replica %d keeps it in memory", i)
					}
				}
			})
		})
	}
}
