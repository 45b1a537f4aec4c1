package live

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/teamwork"
)

// soon is far longer than anything below takes on a machine that is not busy.
const soon = 20 * time.Second

// processes are some replicas, each with a connection of its own to one Redis.
func processes(t *testing.T, server *redistest.Server, n int, u *tenant) *fleet {
	t.Helper()
	f := &fleet{tenant: u}
	for range n {
		s := &seat{Store: openStore(t, server.URL())}
		m := &mortal{tenant: u, seat: s}
		f.seats, f.ways = append(f.seats, s), append(f.ways, m)
		f.replicas = append(f.replicas, replica(t, m, s, Options{}))
	}
	eventually(t, "they hear each other", func() bool {
		for _, w := range f.replicas {
			w.lost.mu.Lock()
			deaf := !w.lost.since.IsZero()
			w.lost.mu.Unlock()
			if deaf {
				return false
			}
		}
		return true
	})
	return f
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for begin := time.Now(); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > soon {
			t.Fatalf("not within %v: %s", soon, what)
		}
	}
}

// polling counts the replicas that live and poll.
func (f *fleet) polling() (n int) {
	for i, w := range f.replicas {
		if _, _, polled := w.Counts(); polled > 0 && !f.seats[i].is(&f.seats[i].dead) {
			n++
		}
	}
	return n
}

func TestHolderThatDiesIsReplacedWithinFiveSeconds(t *testing.T) {
	u := newTenant()
	u.add("d", "a", teamwork.StatusQueued)
	f := processes(t, redistest.Start(t), 3, u)
	watches := f.everyone(t, "d")
	for _, watch := range watches {
		want(t, watch, soon, "snapshot a Queued")
	}
	eventually(t, "one polls", func() bool { return f.polling() == 1 })
	dead := f.holder()
	f.seats[dead].set(&f.seats[dead].dead, true)
	killed := time.Now()
	eventually(t, "another polls", func() bool { return f.polling() == 1 })
	took := time.Since(killed)
	t.Logf("another polled after %v", took)
	if took > 2*5*time.Second { // twice, for a machine that is busy
		t.Errorf("another polled after %v", took)
	}
	u.move("d", "a", teamwork.StatusSuccessful)
	for i, watch := range watches {
		if i != dead {
			want(t, watch, soon, "final a Queued→Successful")
		}
	}
}

func TestNothingIsLostWhateverRedisDoes(t *testing.T) {
	for _, c := range []struct {
		name     string
		down, up func(*redistest.Server)
	}{
		{"killed and started again", (*redistest.Server).Kill, (*redistest.Server).Restart},
		{"frozen and thawed", (*redistest.Server).Pause, (*redistest.Server).Resume},
		{"its channel cut", func(s *redistest.Server) { s.Do("CLIENT", "KILL", "TYPE", "pubsub") }, func(*redistest.Server) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := redistest.Start(t)
			u := newTenant()
			u.add("d", "a", teamwork.StatusQueued)
			u.add("d", "b", teamwork.StatusQueued)
			f := processes(t, server, 2, u)
			watches := f.everyone(t, "d")
			for _, watch := range watches {
				want(t, watch, soon, "snapshot b Queued", "snapshot a Queued")
			}
			eventually(t, "one polls", func() bool { return f.polling() == 1 })
			c.down(server)
			u.move("d", "a", teamwork.StatusFailed)
			for _, watch := range watches {
				want(t, watch, soon, "final a Queued→Failed")
			}
			created := make(chan error, 1)
			go func() {
				_, err := f.replicas[0].CreateOperation(as(t, "p"), teamwork.CreateOperation{DeviceID: "d"})
				created <- err
			}()
			if err := <-created; err != nil {
				t.Fatal(err)
			}
			want(t, watches[0], soon, "created c2 Queued")
			c.up(server)
			want(t, watches[1], soon, "created c2 Queued")
			eventually(t, "it heals: one polls", func() bool { return f.polling() == 1 })
			u.move("d", "b", teamwork.StatusSuccessful)
			u.move("d", "c2", teamwork.StatusInProgress)
			for _, watch := range watches {
				got := []string{within(t, watch, soon), within(t, watch, soon)}
				slices.Sort(got)
				if got[0] != "changed c2 Queued→InProgress" || got[1] != "final b Queued→Successful" {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

// TestCreateIsAcrossTheClusterAtOnce tries a few devices: a message that a busy machine
// was late with is not sent again, and a poll brings what it would have told.
func TestCreateIsAcrossTheClusterAtOnce(t *testing.T) {
	u := newTenant()
	f := processes(t, redistest.Start(t), 2, u)
	for try := 1; ; try++ {
		device := fmt.Sprint("d", try)
		u.add(device, "", "")
		before, _ := u.count()
		watches := f.everyone(t, device)
		began := time.Now()
		if _, err := f.replicas[0].CreateOperation(as(t, "p"), teamwork.CreateOperation{DeviceID: device}); err != nil {
			t.Fatal(err)
		}
		for _, watch := range watches {
			want(t, watch, soon, "created c0 Queued")
		}
		t.Logf("on both replicas after %v", time.Since(began))
		pages, _ := u.count()
		if pages -= before + len(watches); pages <= 0 {
			return
		}
		if try == 5 {
			t.Errorf("%d pages were read before it showed", pages)
			return
		}
		for _, watch := range watches {
			watch.Close()
		}
	}
}
