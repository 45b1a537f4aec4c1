package main

import (
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
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

// waitForKeys waits until what was read has been kept, which happens behind the answer.
func waitForKeys(t *testing.T, server *redistest.Server, n int) []string {
	t.Helper()
	for begin := time.Now(); ; time.Sleep(2 * time.Millisecond) {
		keys := keysIn(t, server)
		if len(keys) >= n {
			return keys
		}
		if time.Since(begin) > 5*time.Second {
			t.Fatalf("%d keys, want %d: %v", len(keys), n, keys)
		}
	}
}

func TestSecondReplicaAnswersFromWhatTheFirstKept(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{})
	environ := overSocket(root, "REDIS_URL="+server.URL())
	first, second := serve(t, environ...), serve(t, environ...)
	id := map[string]any{"id": deviceIDs(serve(t, overSocket(root)...), 1)[0]} // from elsewhere: a page fills the first's memory
	first.must(oneDevice, id)
	keys := waitForKeys(t, server, 3)
	for _, key := range keys {
		if !strings.HasPrefix(key, "tg1:{") {
			t.Errorf("a key outside the house: %q", key)
		}
	}
	before := statsOf(t, root).Requests
	second.must(oneDevice, id)
	if n := statsOf(t, root).Requests - before; n != 0 {
		t.Errorf("the second replica sent %d requests, want none", n)
	}
}

func TestCreateOnOneReplicaShowsOnTheOther(t *testing.T) {
	server := redistest.Start(t)
	root := upstream(t, sandbox.Options{Pace: time.Hour})
	environ := overSocket(root, "REDIS_URL="+server.URL())
	first, second := serve(t, environ...), serve(t, environ...)
	id := deviceIDs(first, 1)[0]
	second.must(oneDevice, map[string]any{"id": id})
	waitForKeys(t, server, 4)
	created := dig(t, first.must(createDocument, map[string]any{"input": map[string]any{"deviceId": id, "operationType": "DEVICE_RESTART"}}),
		"createDeviceOperation", "deviceOperation", "operationId")
	for began := time.Now(); ; time.Sleep(time.Millisecond) { // the news may take 100 ms
		late := time.Since(began) > 100*time.Millisecond
		seen := second.must(oneDevice, map[string]any{"id": id})
		got := dig(t, seen, "device", "operations", "nodes", 0, "operationId")
		if got == created {
			break
		}
		if late {
			t.Fatalf("the other replica's newest operation is %v, want %v", got, created)
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
	for _, step := range []func(){server.Kill, server.Restart, server.Pause, server.Resume} {
		time.Sleep(300 * time.Millisecond) // load under each state
		step()
	}
	time.Sleep(300 * time.Millisecond)
	close(stop)
	readers.Wait()
	t.Logf("%d queries over kill, restart, freeze and thaw; the slowest took %d ms", asked.Load(), slowest.Load())
	if failed.Load() > 0 || asked.Load() < 100 {
		t.Errorf("%d of %d queries failed", failed.Load(), asked.Load())
	}
}

func TestStartsWithoutItsRedis(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	f := serve(t, "REDIS_URL=redis://:hunter22@"+addr)
	f.must(`{ devices(first: 1) { nodes { id } } }`)
	if log := f.log.String(); strings.Contains(log, "hunter22") || !strings.Contains(log, addr) {
		t.Errorf("the banner should name %s and no password:\n%s", addr, log)
	}
}
