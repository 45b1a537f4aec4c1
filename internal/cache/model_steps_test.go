package cache

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// modelStep is one thing that happens. Steps are drawn before a run, so that a run
// does the same again without some of them.
type modelStep struct {
	kind      string
	replica   int
	partition string
	device    string
	noun      string
	n         int
	d         time.Duration
}

// modelKinds are what can happen, and how often it does.
var modelKinds = []struct {
	kind   string
	weight int
}{
	{"read", 30}, {"begin a read", 14}, {"crowd", 3}, {"create", 10}, {"change", 8}, {"pass", 16},
	{"upstream", 7}, {"redis", 6}, {"cut", 3}, {"heal", 3}, {"clock", 2}, {"evict", 3}, {"evict near", 3},
	{"lose a generation", 1}, {"restart redis", 1},
}

// drawSteps returns the steps of a run, and a look at everything at its end.
func drawSteps(seed uint64) []modelStep {
	chance := rand.New(rand.NewPCG(seed, 2))
	total := 0
	for _, k := range modelKinds {
		total += k.weight
	}
	var steps []modelStep
	if chance.IntN(4) == 0 { // clocks that are apart, and nothing else yet
		first := drawStep(chance, "read")
		again := first
		again.replica = (first.replica + 1) % 3
		steps = append(steps, first, modelStep{kind: "pass", d: time.Duration(chance.Int64N(int64(2 * deviceLife)))}, again)
	}
	for len(steps) < 40 {
		if chance.IntN(8) == 0 {
			steps = append(steps, drawScene(chance)...)
			continue
		}
		n := chance.IntN(total)
		for _, k := range modelKinds {
			if n -= k.weight; n < 0 {
				steps = append(steps, drawStep(chance, k.kind))
				break
			}
		}
	}
	return append(steps, modelStep{kind: "mend"}, drawStep(chance, "look at all"))
}

// drawScene returns steps that have to come together, which they seldom do by chance.
func drawScene(chance *rand.Rand) []modelStep {
	at := drawStep(chance, "read")
	on := func(kind string, replica int) modelStep {
		s := at
		s.kind, s.replica = kind, replica%3
		return s
	}
	short := func(d time.Duration) modelStep {
		return modelStep{kind: "pass", d: 1 + time.Duration(chance.Int64N(int64(d)))}
	}
	r, other := at.replica, at.replica+1+chance.IntN(2)
	upstream := func(fault string) modelStep {
		return modelStep{kind: "upstream", n: slices.Index(upstreamFaults, fault), replica: 1}
	}
	cut := modelStep{kind: "cut", replica: r, d: time.Duration(chance.Int64N(int64(time.Second)))}
	refusal := upstreamFaults[6+chance.IntN(4)]
	redis := func(mode redisMode, replica int) modelStep {
		return modelStep{kind: "redis", n: int(mode), replica: replica % 3}
	}
	switch chance.IntN(15) {
	case 0: // a replica is deaf, and something is forgotten
		return []modelStep{cut, short(2 * time.Second), on("read", r), on("create", other), short(4 * time.Second), on("read", r)}
	case 1: // what was known is refused, and then upstream fails
		return []modelStep{on("read", r), short(5 * time.Minute), upstream(refusal), on("read", other), on("read", r), short(10 * time.Second), upstream("500"), on("read", r), upstream("well")}
	case 2, 4: // a change is seen by who can't hear that there was another since
		at.noun = "operations"
		return []modelStep{on("create", r), on("read", r), on("change", r), short(20 * time.Second), upstream("slow"), on("begin a read", r),
			short(300 * time.Millisecond), cut, on("create", other), short(2 * time.Second), upstream("well"), on("read", 3-r-other%3)}
	case 5: // the store loses what was forgotten
		return []modelStep{on("read", other), short(time.Minute), on("create", r), on("lose a generation", r), on("read", r+1), on("read", r+2)}
	case 3: // a member is refused, and its page is not
		at.noun, at.n = "operation", at.n|1 // often the one that was created
		page := on("read", other)
		page.noun = "operations"
		again := page
		again.replica = r
		return []modelStep{upstream("well"), on("create", other), page, short(100 * time.Millisecond), upstream(refusal), on("read", r), upstream("well"), again, on("read", r)}
	case 6, 10, 11: // what is refused is on its way to the store from elsewhere
		first, restart := []modelStep{upstream("well")}, []modelStep(nil)
		loads, mode := on("begin a read", other), redisLate
		if kind := chance.IntN(7); kind > 2 { // it is known, and has to be refreshed
			restart = []modelStep{on("restart", r)}
			life := healthLife
			if at.noun = "health"; kind > 3 {
				at.noun, at.n, life = "operation", 0, finalOperationLife // the first one is final
			}
			if loads = on("begin a read", other); kind > 4 { // and a page brings it
				loads.noun, loads.n, mode = "operations", 1, redisPatchy
			}
			first = append(first, on("read", r), modelStep{kind: "pass", d: life + 20*time.Second})
		}
		lease := modelStep{kind: "pass", d: leaseTime + tryAgain}
		scene := append(first, loads, modelStep{kind: "pass", d: time.Millisecond}, redis(mode, other), short(600*time.Millisecond),
			upstream(refusal), redis(redisPatchy, r), on("read", r), redis(redisWell, r), lease, upstream("500"), short(3*time.Second), redis(redisWell, other), short(6*time.Second))
		return append(append(scene, restart...), on("read", r), upstream("well"))
	case 7, 8, 9: // a write is held up on its way, and something newer is written meanwhile
		held, newer := short(1200*time.Millisecond), on("read", other)
		if at.noun = []string{"health", "configuration", "device"}[chance.IntN(3)]; chance.IntN(3) > 0 { // by a page
			newer.noun, held = "operations", short(500*time.Millisecond)
			at.noun, at.n = "operation", -1 // the one that was created
		}
		return []modelStep{upstream("well"), redis(redisWell, other), on("create", other), upstream("slow"), on("begin a read", r),
			{kind: "pass", d: 70 * time.Millisecond}, redis(redisLate, r), on("change", r), on("change", r), on("change", r), on("change", r), held, upstream("well"), newer,
			on("read", other), {kind: "pass", d: 4 * time.Second}, on("evict near", other), on("read", other), redis(redisWell, r)}
	}
	if chance.IntN(3) == 0 { // what was known is refused while the store can't be told
		return []modelStep{on("read", other), redis(redisRefused+redisMode(chance.IntN(4)), r), upstream(refusal), on("read", r),
			upstream("500"), short(time.Second), redis(redisWell, r), on("read", r), upstream("well")}
	}
	scene := []modelStep{on("read", r)} // a load is overtaken by a create
	if chance.IntN(2) == 0 {
		scene = append(scene, on("change", r), short(20*time.Second))
	}
	return append(scene, upstream("slow"), on("begin a read", r), short(time.Second), on("create", r+chance.IntN(3)),
		short(300*time.Millisecond), on("read", r), upstream("well"), short(6*time.Second), on("read", other))
}

// often returns one of all, the first ones more often: what is asked for often is
// remembered.
func often[T any](chance *rand.Rand, all []T) T {
	return all[min(chance.IntN(len(all)), chance.IntN(len(all)))]
}

var modelNouns = []string{"operations", "operation", "health", "device", "devices", "configuration"}

func drawStep(chance *rand.Rand, kind string) modelStep {
	s := modelStep{kind: kind, replica: chance.IntN(3), n: chance.IntN(1000),
		partition: often(chance, []string{"p", "q"}), device: often(chance, modelDevices), noun: often(chance, modelNouns)}
	times := []time.Duration{time.Millisecond, 100 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second,
		20 * time.Second, 40 * time.Second, 5 * time.Minute, 11 * time.Minute, time.Hour, 23 * time.Hour}
	switch kind {
	case "pass":
		s.d = 1 + time.Duration(chance.Int64N(2*int64(often(chance, times))))
	case "cut":
		s.d = time.Duration(chance.Int64N(int64(time.Second)))
	case "clock":
		s.d = time.Duration(chance.IntN(20_000)-10_000) * time.Millisecond
	case "upstream":
		s.n *= chance.IntN(3) // well, one time in three
	case "redis":
		s.n *= chance.IntN(2)
	}
	return s
}

func (s modelStep) String() string {
	switch s.kind {
	case "read", "begin a read":
		return fmt.Sprintf("%s of %s of %s (%d) for %s on replica %d", s.kind, s.noun, s.device, s.n, s.partition, s.replica)
	case "crowd":
		return fmt.Sprintf("%s for %s of %s (%d) for %s", s.kind, s.noun, s.device, s.n, s.partition)
	case "create":
		return fmt.Sprintf("create on %s for %s through replica %d", s.device, s.partition, s.replica)
	case "change":
		return "change " + s.device
	case "lose a generation":
		return "redis loses the generation of " + s.device + " for " + s.partition
	case "pass":
		return "pass " + s.d.String()
	case "upstream":
		return fmt.Sprintf("upstream: %v", s.fault())
	case "redis":
		return fmt.Sprintf("redis is %v for replica %d", redisMode(s.n%int(redisModes)), s.replica)
	case "cut":
		return fmt.Sprintf("cut the channel of replica %d, which knows it after %v", s.replica, s.d)
	case "clock":
		return fmt.Sprintf("clock of replica %d is off by %v", s.replica, s.d)
	}
	return fmt.Sprintf("%s (%d) on replica %d", s.kind, s.n, s.replica)
}

func (s modelStep) fault() upstreamFault {
	f := upstreamFault{kind: upstreamFaults[s.n%len(upstreamFaults)]}
	if s.replica == 0 {
		f.partition = s.partition
	}
	return f
}

func (s modelStep) play(m *model) {
	r := m.replicas[s.replica]
	switch s.kind {
	case "read":
		m.read(r, s.partition, s.noun, s.question(m))
	case "begin a read":
		m.running.Go(func() { m.read(r, s.partition, s.noun, s.question(m)) })
	case "crowd":
		for _, r := range m.replicas {
			m.running.Go(func() { m.read(r, s.partition, s.noun, s.question(m)) })
		}
	case "create":
		m.create(r, s.partition, s.device)
	case "change":
		m.truth.change(s.device)
	case "pass":
		m.pass(s.d)
	case "upstream":
		m.truth.set(s.fault())
	case "redis":
		r.conn.setMode(redisMode(s.n % int(redisModes)))
		r.trouble()
	case "cut":
		r.cut(s.d)
	case "heal":
		r.heal()
	case "clock":
		r.setClock(s.d)
	case "evict":
		m.redis.evict(s.n, func(key string) bool { return !strings.HasSuffix(key, ":gen") })
	case "lose a generation":
		m.redis.evict(0, func(key string) bool { return key == generationKey(tagOf(s.partition, s.device)) })
	case "restart":
		m.restart(r)
	case "evict near":
		m.evictNear(r, s.partition, s.noun, s.question(m))
	case "restart redis":
		m.redis.restart()
		for _, r := range m.replicas {
			r.trouble()
		}
	case "mend":
		m.mend()
	case "look at all":
		m.lookAtAll(s.n)
	}
}

// question returns what a step asks for.
func (s modelStep) question(m *model) question {
	switch s.noun {
	case "devices":
		return question{top: 5}
	case "operations":
		return question{device: s.device, top: []int{5, 20}[s.n%2]}
	case "operation":
		n := m.truth.operations(s.device)
		return question{device: s.device, operation: strconv.Itoa((s.n%n + n) % n)}
	}
	return about(s.device)
}

// cut loses a replica's channel, and tells it later.
func (r *modelReplica) cut(after time.Duration) {
	if !r.conn.hears() {
		return
	}
	r.conn.cut()
	r.trouble()
	life := r.conn.life()
	r.m.running.Go(func() {
		time.Sleep(after)
		if r.conn.life() == life {
			r.deafen()
		}
	})
}

// deafen tells a replica that it lost its channel.
func (r *modelReplica) deafen() {
	r.conn.say(false)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.isDeaf = true
}

// heal gives a replica its channel back. It is told that it had lost it, too.
func (r *modelReplica) heal() {
	if r.conn.hears() {
		return
	}
	r.deafen()
	r.mu.Lock()
	r.isDeaf = false
	r.mu.Unlock()
	r.conn.say(true)
	r.trouble()
}

// mend ends all faults.
func (m *model) mend() {
	m.running.Wait()
	m.truth.set(upstreamFault{})
	for _, r := range m.replicas {
		r.conn.setMode(redisWell)
		r.trouble()
		r.heal()
	}
	time.Sleep(200 * time.Millisecond)
}

// lookAtAll reads most of what there is, everywhere.
func (m *model) lookAtAll(n int) {
	m.audit.Store(true)
	defer m.audit.Store(false)
	for _, r := range m.replicas {
		for _, partition := range []string{"p", "q"} {
			for _, device := range modelDevices {
				for _, noun := range modelNouns {
					if noun == "devices" && device != modelDevices[0] {
						continue // they are not of one device
					}
					n++
					m.read(r, partition, noun, modelStep{noun: noun, device: device, n: n}.question(m))
				}
			}
		}
	}
}
