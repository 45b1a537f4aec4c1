package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
	"github.com/teamwork-graphql/teamwork-graphql/internal/cluster/redistest"
)

var (
	mixedRequests = flag.Int("mixed.requests", 10_000, "how many requests of callers of two tenants are mixed")
	mixedSeed     = flag.Uint64("mixed.seed", 1, "what they are drawn from")
)

// TestMixedCallersOverReplicas has callers of two tenants, with more and with fewer
// scopes, send the very same bytes to two replicas in all orders, cold and hot. What
// upstream tells each is marked, and nobody is told what is another's.
func TestMixedCallersOverReplicas(t *testing.T) {
	if testing.Short() {
		t.Skip("it sends some thousand requests")
	}
	program := built(t)
	t.Run("delegated", func(t *testing.T) {
		newMixed(t, *mixedRequests*3/5, callersOfTwo()).signIn(program, "GRAPH_AUTH=delegated")
	})
	t.Run("application", func(t *testing.T) {
		callers := callersOfTwo()
		for _, c := range callers { // who is of the program's tenant is told what the program may read
			c.tenant, c.mark = oidctest.Tenant, markOf(theProgram.name)
		}
		newMixed(t, *mixedRequests/5, callers).signIn(program, "GRAPH_AUTH=application")
	})
	t.Run("pass-through", func(t *testing.T) {
		m := newMixed(t, *mixedRequests/5, callersOfTwo())
		for _, c := range m.callers {
			c.tokens = []string{"token-of-" + c.name}
		}
		m.bad = []string{"", "Bearer", "Basic eDp5"}
		m.start(program, "GRAPH_AUTH=pass-through")
		m.run()
	})
}

// signIn runs it with callers whom an issuer knows.
func (m *mixed) signIn(program string, mode string) {
	o := oidctest.StartTLS(m.t)
	m.t.Cleanup(o.CloseClientConnections)
	o.Answer(func(e oidctest.Exchange) (int, map[string]any) {
		if e.Form.Get("grant_type") == "client_credentials" {
			return oidctest.Granted(theProgram.tokens[0])
		}
		return oidctest.Granted("upstream-of-" + e.Form.Get("assertion"))
	})
	for _, c := range m.callers {
		for i := range 3 { // renewed, it is the same caller
			c.tokens = append(c.tokens, o.Token(m.t, oidctest.Claims{"tid": c.tenant, "oid": c.oid, "scp": c.scopes, "jti": fmt.Sprint(i)}))
		}
	}
	stranger := oidctest.NewRSA(m.t, o.Keys()[0].ID)
	m.bad = []string{
		"", "Bearer", "Bearer e30.e30.e30", "Basic eDp5",
		"Bearer " + o.Token(m.t, oidctest.Claims{"exp": 1}), "Bearer " + o.Token(m.t, oidctest.Claims{"aud": "another"}),
		"Bearer " + o.Token(m.t, oidctest.Claims{"oid": nil, "sub": nil}), "Bearer " + o.Token(m.t, oidctest.Claims{"iss": "https://login.example/v2.0"}),
		"Bearer " + stranger.Sign(m.t, map[string]any{"alg": "RS256", "kid": stranger.ID}, o.Claims(oidctest.Claims{"oid": m.callers[1].oid})),
	}
	if mode == "GRAPH_AUTH=application" {
		m.bad = append(m.bad, "Bearer "+o.Token(m.t, oidctest.Claims{"tid": otherTenant, "scp": writeScope}))
	}
	m.verified = true
	m.start(program, mode, "OIDC_ISSUER="+o.Template(), "OIDC_AUDIENCE="+oidctest.Audience, "SSL_CERT_FILE="+authorityOf(m.t, o),
		"AZURE_AUTHORITY_HOST="+o.URL, "AZURE_TENANT_ID="+oidctest.Tenant, "AZURE_CLIENT_ID=client", "AZURE_CLIENT_SECRET=secret")
	m.run()
}

// mixedCaller is somebody who asks, and what upstream marks his answers with.
type mixedCaller struct {
	name, tenant, oid, scopes string
	reads, writes             bool
	mark                      string
	tokens                    []string
}

// mixed is such a run.
type mixed struct {
	t        *testing.T
	requests int
	verified bool // whether the server knows what a token grants
	callers  []*mixedCaller
	bad      []string // Authorization headers of nobody
	upstream *mixedUpstream
	replicas []string // host:port
	client   http.Client

	sent, marked, refused, strangers, streams, creates atomic.Int64

	mu    sync.Mutex
	told  map[string]mixedTold // of a create, by its caller and its name
	known []*mixedGroup        // whose bytes are hot
}

// mixedTold is what was told of a create.
type mixedTold struct {
	operation string
	asNew     bool // at least once
	maybeOld  bool // somebody else may have created it
}

const otherTenant = "22222222-2222-4222-8222-222222222222"

// theProgram is whom upstream knows where nobody else is known to it.
var theProgram = &mixedCaller{name: "program", tenant: oidctest.Tenant, reads: true, writes: true, mark: markOf("program"), tokens: []string{"token-of-the-program"}}

func callersOfTwo() []*mixedCaller {
	const reader, writer = "33333333-3333-4333-8333-333333333333", "55555555-5555-4555-8555-555555555555"
	callers := []*mixedCaller{
		// One person who consented to less and to more, and a namesake in another tenant: an
		// object id alone must not do.
		{name: "reads-in-a", tenant: oidctest.Tenant, oid: reader, scopes: readScope, reads: true},
		{name: "writes-in-a", tenant: oidctest.Tenant, oid: reader, scopes: writeScope, reads: true, writes: true},
		{name: "reads-in-b", tenant: otherTenant, oid: reader, scopes: readScope, reads: true},
		{name: "writes-in-b", tenant: otherTenant, oid: writer, scopes: readScope + " " + writeScope, reads: true, writes: true},
		{name: "nothing-in-b", tenant: otherTenant, oid: writer, scopes: "other"},
	}
	for _, c := range callers {
		c.mark = markOf(c.name)
	}
	return callers
}

func newMixed(t *testing.T, requests int, callers []*mixedCaller) *mixed {
	m := &mixed{t: t, requests: requests, callers: callers, told: map[string]mixedTold{}}
	m.upstream = newMixedUpstream(t, m)
	m.client = http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * mixedWorkers}}
	t.Cleanup(m.client.CloseIdleConnections)
	return m
}

const mixedWorkers = 8

// start starts two replicas.
func (m *mixed) start(program string, environ ...string) {
	environ = append(environ, "GRAPH_URL="+m.upstream.root, "REDIS_URL="+redistest.Start(m.t).URL(), "CURSOR_KEY=0123456789abcdef")
	environ = append(environ, shortcuts...)
	for range 2 {
		p := &process{t: m.t, program: program, addr: freeAddr(m.t), environ: environ}
		p.start()
		m.t.Cleanup(p.kill)
		m.replicas = append(m.replicas, p.addr)
	}
}

// mixedGroup is a body that some callers send, one after the other.
type mixedGroup struct {
	kind    mixedKind
	number  int
	device  mixedDevice
	body    []byte
	callers []*mixedCaller
	dice    *rand.Rand
}

// run sends groups until most requests are sent, and then what else there is.
func (m *mixed) run() {
	began := time.Now()
	dice := rand.New(rand.NewPCG(*mixedSeed, uint64(m.requests)))
	work := make(chan func())
	var workers sync.WaitGroup
	for range mixedWorkers {
		workers.Go(func() {
			for f := range work {
				if !m.t.Failed() {
					f()
				}
			}
		})
	}
	var orders []*mixedGroup
	for n := 0; m.requests-6*n > m.requests/5; n++ {
		if len(orders) == 0 {
			orders = m.orders(dice)
		}
		g := orders[0]
		orders = orders[1:]
		g.number, g.device, g.dice = n, m.upstream.devices[n%len(m.upstream.devices)], rand.New(rand.NewPCG(dice.Uint64(), 0))
		work <- func() { m.play(g) }
	}
	for m.sent.Load()+mixedWorkers < int64(m.requests) && !m.t.Failed() {
		one := rand.New(rand.NewPCG(dice.Uint64(), 0))
		work <- func() { m.stray(one) }
	}
	close(work)
	workers.Wait()
	m.balance()
	m.t.Logf("seed %d: %d requests in %v: %d answers with marks, %d refusals, %d of strangers, %d streams, %d creates, %d requests of upstream",
		*mixedSeed, m.sent.Load(), time.Since(began).Round(time.Millisecond), m.marked.Load(), m.refused.Load(), m.strangers.Load(), m.streams.Load(), m.creates.Load(), m.upstream.asked.Load())
}

// orders returns each kind in all orders of three callers, shuffled.
func (m *mixed) orders(dice *rand.Rand) (all []*mixedGroup) {
	for _, kind := range mixedKinds {
		for _, a := range m.callers {
			for _, b := range m.callers {
				for _, c := range m.callers {
					if a != b && b != c && a != c {
						all = append(all, &mixedGroup{kind: kind, callers: []*mixedCaller{a, b, c}})
					}
				}
			}
		}
	}
	dice.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// play has a group's callers send its bytes twice, the first time cold: to replicas by
// turns, and then each to the same one again, or to the other.
func (m *mixed) play(g *mixedGroup) {
	g.body = g.kind.encode(m.t, g)
	for round := range 2 {
		for i, c := range g.callers {
			m.ask(g, c, m.replicas[(g.number+i+round*(g.number/2%2))%2])
		}
	}
	m.mu.Lock()
	m.known = append(m.known, g)
	m.mu.Unlock()
}

// stray is a request out of turn: of what is hot, by anybody, of nobody at all, or one
// that stays.
func (m *mixed) stray(dice *rand.Rand) {
	m.mu.Lock()
	g := m.known[dice.IntN(len(m.known))]
	m.mu.Unlock()
	c, replica := m.callers[dice.IntN(len(m.callers))], m.replicas[dice.IntN(2)]
	switch n := dice.IntN(100); {
	case n < 12:
		m.askAsNobody(g, m.bad[dice.IntN(len(m.bad))], replica)
	case n < 18:
		m.watch(c, replica, g.device, dice)
	case n < 24:
		m.walk(c, m.callers[dice.IntN(len(m.callers))], replica)
	default:
		m.ask(g, c, replica)
	}
}

// balance compares what callers were told with what upstream did.
func (m *mixed) balance() {
	if m.t.Failed() {
		return
	}
	if did := m.upstream.creates(); did != m.creates.Load() {
		m.t.Errorf("upstream created %d operations, and callers were told of %d", did, m.creates.Load())
	}
	for name, told := range m.told {
		if !told.asNew && !told.maybeOld {
			m.t.Errorf("%s was only told as if it had been created before: %s", name, told.operation)
		}
	}
	for what, n := range map[string]int64{"answer with marks": m.marked.Load(), "refusal": m.refused.Load(), "stranger": m.strangers.Load(), "stream": m.streams.Load(), "create": m.creates.Load()} {
		if n < int64(m.requests)/200 {
			m.t.Errorf("%d of %d requests met a %s: the mixture is not one", n, m.requests, what)
		}
	}
}

// foreign returns a mark that is not the caller's, "" if there is none.
func foreign(c *mixedCaller, text string) string {
	for {
		at := strings.Index(text, markStart)
		if at < 0 {
			return ""
		}
		if text = text[at:]; !strings.HasPrefix(text, c.mark) {
			return text[:min(len(text), 40)]
		}
		text = text[len(c.mark):]
	}
}
