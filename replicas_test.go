package main

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/freeport"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

const oneDevice = `query($id: String!) { device(by: {deviceId: $id}) {
	deviceId health { connection { connectionStatus } } operations { nodes { operationId status } } } }`

// keysIn returns all keys of a Redis.
func keysIn(t *testing.T, server *redistest.Server) []string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: server.Addr})
	defer client.Close()
	keys, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// keptIn returns the keys of what was read, without those that who loads it holds.
func keptIn(t *testing.T, server *redistest.Server) []string {
	t.Helper()
	return slices.DeleteFunc(keysIn(t, server), func(key string) bool {
		return strings.HasSuffix(key, ":gen") || strings.HasSuffix(key, ":pen")
	})
}

// waitForKeys waits until what was read has been kept, which happens behind the answer.
func waitForKeys(t *testing.T, server *redistest.Server, n int) {
	t.Helper()
	if !eventually(5*time.Second, func() bool { return len(keptIn(t, server)) >= n }) {
		t.Fatalf("want %d answers kept: %v", n, keysIn(t, server))
	}
}

// answersFromWhat reports whether other answers without a request from what f read of a
// device that neither has read. If the store was too slow, it does not.
func answersFromWhat(t *testing.T, f, other *front, redis *redistest.Server, root, query, id string) bool {
	t.Helper()
	f.must(query, map[string]any{"id": id})
	if !eventually(2*time.Second, func() bool {
		keys := strings.Join(keptIn(t, redis), " ")
		return strings.Contains(keys, id+"}:device") && strings.Contains(keys, id+"}:health") && strings.Contains(keys, id+"}:operations:")
	}) {
		return false
	}
	before := statsOf(t, root).Requests
	other.must(query, map[string]any{"id": id})
	return statsOf(t, root).Requests == before
}

func TestSecondReplicaAnswersFromWhatTheFirstKept(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{})
	environ := overSocket(root, "REDIS_URL="+server.URL())
	first, second := serve(t, environ...), serve(t, environ...)
	ids := deviceIDs(serve(t, overSocket(root)...), 15) // from elsewhere: a page fills the first's memory
	if !slices.ContainsFunc(ids, func(id string) bool { return answersFromWhat(t, first, second, server, root, oneDevice, id) }) {
		t.Error("the second replica sent requests, want none")
	}
	for _, key := range keysIn(t, server) {
		if !strings.HasPrefix(key, "tg1:{") {
			t.Errorf("a key outside the house: %q", key)
		}
	}
}

func TestCreateOnOneReplicaShowsOnTheOther(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{Pace: time.Hour})
	environ := overSocket(root, "REDIS_URL="+server.URL())
	first, second := serve(t, environ...), serve(t, environ...)
	id := deviceIDs(first, 1)[0]
	second.must(oneDevice, map[string]any{"id": id})
	// Or it is never kept, if the store was too slow.
	eventually(2*time.Second, func() bool { return len(keptIn(t, server)) >= 4 })
	types := []string{"DEVICE_RESTART", "DEVICE_DIAGNOSTICS", "SOFTWARE_UPDATE", "REMOTE_LOGIN", "REMOTE_LOGOUT"} // of each one at a time
	var took time.Duration
	for _, kind := range types { // the machine may be busy with others' work
		created := dig(t, first.must(createDocument, map[string]any{"input": map[string]any{"deviceId": id, "operationType": kind}}),
			"createDeviceOperation", "deviceOperation", "operationId")
		if took = shownAfter(t, second, id, created); took <= 100*time.Millisecond { // which the news may take
			return
		}
	}
	t.Errorf("the other replica shows a create after %v", took)
}

// shownAfter returns how long an operation takes to be the newest one of a device.
func shownAfter(t *testing.T, f *front, id string, operation any) time.Duration {
	t.Helper()
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		asked := time.Since(began)
		seen := f.must(oneDevice, map[string]any{"id": id})
		got := dig(t, seen, "device", "operations", "nodes", 0, "operationId")
		if got == operation {
			return asked
		}
		if asked > 5*time.Second {
			t.Fatalf("the other replica's newest operation is %v, want %v", got, operation)
		}
	}
}

func TestKillingRedisUnderLoadFailsNoQuery(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{})
	f := serve(t, overSocket(root, "REDIS_URL="+server.URL(), "LOG_LEVEL=warn")...)
	ids := deviceIDs(f, 20)
	var asked, failed atomic.Int64
	var slowest atomic.Int64
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for reader := range 8 {
		readers.Go(func() {
			for i := reader; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				a := f.try(oneDevice, map[string]any{"id": ids[i%len(ids)]})
				slowest.Store(max(slowest.Load(), time.Since(began).Milliseconds()))
				asked.Add(1)
				if a.status != 200 || len(a.Errors) > 0 {
					failed.Add(1)
				}
			}
		})
	}
	load := func() { // under each state, however slow the machine
		for began, least := time.Now(), asked.Load()+20; asked.Load() < least || time.Since(began) < 300*time.Millisecond; time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > time.Minute {
				t.Error("hardly a query is answered")
				return
			}
		}
	}
	for _, step := range []func(){server.Kill, server.Restart, server.Pause, server.Resume} {
		load()
		step()
	}
	load()
	close(stop)
	readers.Wait()
	t.Logf("%d queries over kill, restart, freeze and thaw; the slowest took %d ms", asked.Load(), slowest.Load())
	if failed.Load() > 0 {
		t.Errorf("%d of %d queries failed", failed.Load(), asked.Load())
	}
	if slowest.Load() > 5000 {
		t.Error("a query had to wait for Redis")
	}
}

func TestStartsWithoutItsRedis(t *testing.T) {
	addr, err := freeport.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := serve(t, "REDIS_URL=redis://:hunter22@"+addr)
	f.must(`{ devices(first: 1) { nodes { id } } }`)
	if log := f.log.String(); strings.Contains(log, "hunter22") || !strings.Contains(log, addr) {
		t.Errorf("the banner should name %s and no password:\n%s", addr, log)
	}
}
