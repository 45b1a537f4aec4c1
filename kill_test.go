package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/freeport"
	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

var (
	killTimes = flag.Int("kill.times", 10, "how often a server with creates under way is killed")
	killSeed  = flag.Uint64("kill.seed", 0, "what the moments are drawn from; 0 for a random one")
)

// process is a server, which can be killed and started again at its address.
type process struct {
	t       *testing.T
	program string
	addr    string
	environ []string
	log     io.Writer // if set, gets all that it writes

	mu  sync.Mutex
	cmd *exec.Cmd
}

func (p *process) start() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cmd = exec.Command(p.program)
	p.cmd.Env = append([]string{"LISTEN_ADDR=" + p.addr, "ADMIN_ADDR=off", "LOG_LEVEL=error"}, p.environ...)
	if p.log != nil {
		p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	for began := time.Now(); time.Since(began) < 20*time.Second; time.Sleep(5 * time.Millisecond) {
		if conn, err := net.DialTimeout("tcp", p.addr, time.Second); err == nil {
			_ = conn.Close()
			return
		}
	}
	p.t.Fatalf("the server at %s does not listen", p.addr)
}

// kill ends it as kill -9 does.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// built returns the program, built.
func built(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "teamwork-graphql")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// freeAddr is an address that nobody listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	addr, err := freeport.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return addr
}

// processes returns built servers that share a redis-server and an upstream.
func processes(t *testing.T, root string, n int) []*process {
	t.Helper()
	redis := redistest.Start(t)
	program := built(t)
	all := make([]*process, n)
	for i := range all {
		all[i] = &process{t: t, program: program, addr: freeAddr(t), environ: overSocket(root, "REDIS_URL="+redis.URL())}
		all[i].start()
		t.Cleanup(all[i].kill)
	}
	return all
}

// killing is a run: clients that create under keys and ask until they are answered,
// while servers are killed.
type killing struct {
	t       *testing.T
	root    string
	servers []*process
	client  http.Client

	cut                          atomic.Int64 // requests whose server died over them
	successes, replayed, unknown atomic.Int64
	mu                           sync.Mutex
	told                         map[string]string // by key, the operation; "" for unknown
	deviceOf                     map[string]string
	hit                          int // kills that met requests under way
}

// TestKilledServerNeverCreatesTwice kills servers between send and answer.
func TestKilledServerNeverCreatesTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts servers and kills them")
	}
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	dice := rand.New(rand.NewPCG(seed, 0))
	const latency = 100 * time.Millisecond
	root := upstream(t, sandbox.Options{Devices: 20 * *killTimes, Operations: 1, Pace: time.Hour})
	k := &killing{
		t: t, root: root, servers: processes(t, root, 2), told: map[string]string{}, deviceOf: map[string]string{},
		client: http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
	devices := k.devices()
	fault(t, root, `{"latency": "`+latency.String()+`", "throttle": 0.1, "unavailable": 0.1, "afterWork": 0.5}`)
	var clients sync.WaitGroup
	keys := 0
	for k.hit < *killTimes && keys+4 <= len(devices) && !t.Failed() {
		for range 4 {
			key, device := fmt.Sprintf("key-%05d", keys), devices[keys] // of its own: operations of two keys look alike
			first := dice.IntN(2)
			keys++
			clients.Go(func() { k.ask(key, device, first) })
		}
		time.Sleep(time.Duration(dice.Int64N(int64(latency + 40*time.Millisecond))))
		k.killOne(k.servers[dice.IntN(len(k.servers))])
	}
	clients.Wait()
	fault(t, root, "")
	k.check()
	t.Logf("seed %d: %d kills over requests under way, which cut %d; %d keys: %d successes (%d told again), %d unknown",
		seed, k.hit, k.cut.Load(), keys, k.successes.Load(), k.replayed.Load(), k.unknown.Load())
	if k.hit < *killTimes || k.unknown.Load() == 0 || k.successes.Load() == 0 {
		t.Error("the kills did not meet what they should")
	}
}

// killOne counts a kill that cut some request.
func (k *killing) killOne(p *process) {
	before := k.cut.Load()
	p.kill()
	for range 20 { // until the clients have noticed
		if k.cut.Load() > before {
			k.hit++
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	p.start()
}

// ask asks one server and then the other until there is an answer that says what became
// of the create, and a last time whether that is still so.
func (k *killing) ask(key, device string, first int) {
	var last once
	for began, i := time.Now(), first; ; i++ {
		if time.Since(began) > 2*time.Minute {
			k.t.Errorf("%s got no answer in time; the last was %+v", key, last)
			return
		}
		answer, err := k.try(k.servers[i%2].addr, key, device)
		if err != nil || answer.problem == "UpstreamUnavailableError" || answer.problem == "ThrottledError" {
			last = answer
			time.Sleep(time.Duration(50+rand.IntN(100)) * time.Millisecond)
			continue
		}
		switch {
		case answer.operation != "":
			k.successes.Add(1)
			if answer.replayed {
				k.replayed.Add(1)
			}
		case answer.problem == "OutcomeUnknownError":
			k.unknown.Add(1)
		default:
			k.t.Errorf("%s got %+v", key, answer)
		}
		k.mu.Lock()
		k.told[key], k.deviceOf[key] = answer.operation, device
		k.mu.Unlock()
		return
	}
}

// try asks one server once.
func (k *killing) try(addr, key, device string) (once, error) {
	input := map[string]any{
		"deviceId": device, "operationType": "CONFIG_UPDATE", "idempotencyKey": key,
		"createdBy": map[string]any{"user": map[string]any{"id": key}}, // upstream is told, so that it can be asked
	}
	body, err := json.Marshal(map[string]any{"query": onceDocument, "variables": map[string]any{"input": input}})
	if err != nil {
		return once{}, err
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+addr+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		return once{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := k.client.Do(req)
	if err != nil {
		if !refusedConnection(err) {
			k.cut.Add(1)
		}
		return once{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		k.cut.Add(1)
		return once{}, err
	}
	var answer struct{ Data map[string]any }
	if err := json.Unmarshal(text, &answer); err != nil || answer.Data["createDeviceOperation"] == nil {
		return once{}, fmt.Errorf("%d %s", resp.StatusCode, text)
	}
	return onceOf(k.t, answer.Data["createDeviceOperation"]), nil
}

// refusedConnection reports whether nobody listened: then nothing was under way.
func refusedConnection(err error) bool {
	op := new(net.OpError)
	return errors.As(err, &op) && op.Op == "dial"
}

// devices asks upstream, so that no server has anything remembered.
func (k *killing) devices() []string {
	var ids []string
	for _, d := range k.read("/teamwork/devices?$top=50") {
		ids = append(ids, d.ID)
	}
	return ids
}

// listed is a member of one of upstream's lists.
type listedThing struct {
	ID        string
	CreatedBy struct{ User struct{ ID string } }
}

// read reads a whole list of upstream's.
func (k *killing) read(path string) []listedThing {
	k.t.Helper()
	var all []listedThing
	for next := k.root + path; next != ""; {
		status, text := get(k.t, next)
		var page struct {
			Value []listedThing
			Next  string `json:"@odata.nextLink"`
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil || status != http.StatusOK {
			k.t.Fatalf("%s: %d %s", next, status, text)
		}
		all, next = append(all, page.Value...), page.Next
	}
	return all
}

// check compares what clients were told with what upstream has.
func (k *killing) check() {
	k.t.Helper()
	made := map[string][]string{}
	for _, device := range k.deviceOf {
		for _, op := range k.read("/teamwork/devices/" + device + "/operations?$top=50") {
			made[op.CreatedBy.User.ID] = append(made[op.CreatedBy.User.ID], op.ID)
		}
	}
	for key, operation := range k.told {
		if len(made[key]) > 1 {
			k.t.Errorf("%s has %d operations", key, len(made[key]))
		}
		if operation != "" && (len(made[key]) != 1 || made[key][0] != operation) {
			k.t.Errorf("%s was told of %s, and upstream has %v", key, operation, made[key])
		}
		// It is unknown now, too, if it could not be written down before the server died.
		var again once
		var err error
		inTime(func() bool {
			again, err = k.try(k.servers[0].addr, key, k.deviceOf[key])
			return again.problem == "UpstreamUnavailableError"
		})
		if same := again.operation == operation && again.replayed; err != nil || !same && again.problem != "OutcomeUnknownError" {
			k.t.Errorf("%s was told of %q, and then %+v, %v", key, operation, again, err)
		}
	}
}
