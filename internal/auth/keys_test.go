package auth

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/auth/oidctest"
)

// clock is a time that a test sets.
type clock struct{ past atomic.Int64 }

func (c *clock) pass(d time.Duration) { c.past.Add(int64(d)) }

func (c *clock) now() time.Time { return time.Now().Add(time.Duration(c.past.Load())) }

// timed returns an issuer whose keys live on the clock of the test, but not its tokens.
func timed(t *testing.T, o *oidctest.Issuer, log *slog.Logger) (*Issuer, *clock) {
	t.Helper()
	c := &clock{}
	i := &Issuer{name: o.Name, audiences: []string{oidctest.Audience}, now: time.Now}
	i.keys = newKeys(o.Name, newClient(), log)
	i.keys.now = c.now
	return i, c
}

// admitted reports whether a token lets somebody in.
func admitted(t *testing.T, a *Auth, token string) (ok bool, status int) {
	t.Helper()
	caller, rec := identify(a, "Bearer "+token)
	return caller != nil, rec.Code
}

// settled waits until nobody looks for keys.
func settled(k *keys) {
	k.mu.Lock()
	latest := k.latest
	k.mu.Unlock()
	if latest != nil {
		<-latest.done
	}
}

func TestNewKeysAreFoundWhenSomebodyUsesThem(t *testing.T) {
	o := oidctest.Start(t)
	issuer, c := timed(t, o, slog.New(slog.DiscardHandler))
	a := None(upstreamURL, issuer)
	before := o.Token(t, nil)
	if ok, _ := admitted(t, a, before); !ok {
		t.Fatal("the first key is not found")
	}
	o.Publish(append(o.Keys(), oidctest.NewRSA(t, "key-2"))...)
	after := o.Token(t, nil)
	if ok, status := admitted(t, a, after); ok || status != http.StatusUnauthorized {
		t.Errorf("right after a look the new key is known: %v, %d", ok, status)
	}
	c.pass(keysPause)
	for name, token := range map[string]string{"the new key": after, "the old key": before} {
		if ok, _ := admitted(t, a, token); !ok {
			t.Errorf("%s is refused", name)
		}
	}
	if documents, sets := o.Fetches(); documents != 2 || sets != 2 {
		t.Errorf("%d documents and %d sets were fetched, want 2", documents, sets)
	}
}

func TestKeysThatAreWithdrawnAreRefused(t *testing.T) {
	o := oidctest.Start(t)
	issuer, c := timed(t, o, slog.New(slog.DiscardHandler))
	a := None(upstreamURL, issuer)
	token, fresh := o.Token(t, nil), oidctest.NewRSA(t, "key-2")
	if ok, _ := admitted(t, a, token); !ok {
		t.Fatal("the first key is not found")
	}
	o.Publish(fresh)
	c.pass(keysFresh - time.Second)
	if ok, _ := admitted(t, a, token); !ok {
		t.Error("who was let in is forgotten")
	}
	c.pass(2 * time.Second)
	another := o.Token(t, nil) // whose key is not known yet
	if ok, _ := admitted(t, a, another); !ok {
		t.Error("the new key is refused")
	}
	if ok, _ := admitted(t, a, token); ok {
		t.Error("a remembered token of a withdrawn key is let in")
	}
	replaced := oidctest.NewRSA(t, fresh.ID) // of the same name
	o.Publish(replaced)
	c.pass(keysFresh + time.Second)
	_, _ = admitted(t, a, o.Token(t, nil)) // which is refused: its key is another
	settled(issuer.keys)
	if ok, _ := admitted(t, a, another); ok {
		t.Error("a token of a key that was replaced is let in")
	}
	if ok, _ := admitted(t, a, o.Token(t, nil)); !ok {
		t.Error("the key that replaced it is refused")
	}
}

func TestKnownKeysGoOnWhileTheIssuerIsAway(t *testing.T) {
	o := oidctest.Start(t)
	log := &lines{}
	issuer, c := timed(t, o, slog.New(slog.NewTextHandler(log, nil)))
	a := None(upstreamURL, issuer)
	o.Away(true)
	if ok, status := admitted(t, a, o.Token(t, nil)); ok || status != http.StatusServiceUnavailable {
		t.Errorf("without any key: %v, %d", ok, status)
	}
	o.Away(false)
	c.pass(firstPause)
	if ok, _ := admitted(t, a, o.Token(t, nil)); !ok {
		t.Fatal("it is not noticed that the issuer is back")
	}
	o.Away(true)
	for range 5 {
		c.pass(24 * time.Hour)
		if ok, _ := admitted(t, a, o.Token(t, oidctest.Claims{"jti": fmt.Sprint(c.now())})); !ok {
			t.Error("a new token of a known key is refused")
		}
		settled(issuer.keys)
	}
	stranger := oidctest.NewRSA(t, "key-2")
	if ok, status := admitted(t, a, stranger.Sign(t, header(stranger, nil), o.Claims(nil))); ok || status != http.StatusUnauthorized {
		t.Errorf("an unknown key: %v, %d", ok, status)
	}
	o.Away(false)
	c.pass(keysFresh)
	_, _ = admitted(t, a, o.Token(t, oidctest.Claims{"jti": "x"}))
	settled(issuer.keys)
	if text := log.String(); strings.Count(text, "can't be fetched") != 2 || strings.Count(text, "can be fetched again") != 2 {
		t.Errorf("logged\n%s", text)
	}
}

// lines is a log that may be read while it is written.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestFloodsOfUnknownKeysFetchLittle(t *testing.T) {
	o := oidctest.Start(t)
	issuer, c := timed(t, o, slog.New(slog.DiscardHandler))
	a := None(upstreamURL, issuer)
	junk := oidctest.NewEC(t, "junk")
	const minutes = 2
	for range minutes * 60 / 5 {
		var group sync.WaitGroup
		for i := range 50 {
			junk := *junk
			junk.ID = fmt.Sprintf("junk-%d-%d", c.past.Load(), i)
			token := junk.Sign(t, header(&junk, nil), o.Claims(nil))
			group.Go(func() {
				if caller, _ := identify(a, "Bearer "+token); caller != nil {
					t.Error("junk is let in")
				}
			})
		}
		group.Wait()
		c.pass(5 * time.Second)
	}
	if documents, sets := o.Fetches(); documents > minutes*6+1 || sets > minutes*6+1 || sets < minutes {
		t.Errorf("%d documents and %d sets were fetched in %d minutes, want one in %v at most", documents, sets, minutes, keysPause)
	}
	if ok, _ := admitted(t, a, o.Token(t, nil)); !ok {
		t.Error("a good token is refused")
	}
}

func TestIssuersThatAreNotWhatTheySay(t *testing.T) {
	var other *oidctest.Issuer
	for name, change := range map[string]func(map[string]any){
		"another issuer":                      func(d map[string]any) { d["issuer"] = "https://evil.example" },
		"no issuer":                           func(d map[string]any) { delete(d, "issuer") },
		"keys elsewhere over http":            func(d map[string]any) { d["jwks_uri"] = other.URL + "/keys" },
		"keys in a file":                      func(d map[string]any) { d["jwks_uri"] = "file:///etc/passwd" },
		"no keys":                             func(d map[string]any) { delete(d, "jwks_uri") },
		"keys that are none":                  func(d map[string]any) { d["jwks_uri"] = d["issuer"].(string) + "/.well-known/openid-configuration" },
		"a document that is longer than any":  func(d map[string]any) { d["x"] = strings.Repeat("x", maxDocument) },
		"keys that are no text, in a mapping": func(d map[string]any) { d["jwks_uri"] = map[string]any{"x": 1} },
	} {
		t.Run(name, func(t *testing.T) {
			other = oidctest.Start(t)
			o := oidctest.Start(t)
			o.Describe(change)
			log := &lines{}
			issuer, _ := timed(t, o, slog.New(slog.NewTextHandler(log, nil)))
			ok, status := admitted(t, None(upstreamURL, issuer), o.Token(t, nil))
			if ok || status != http.StatusServiceUnavailable || strings.Count(log.String(), "\n") != 1 {
				t.Errorf("let in: %v, %d, logged %s", ok, status, log)
			}
			if documents, sets := other.Fetches(); documents+sets > 0 {
				t.Error("keys were fetched elsewhere")
			}
		})
	}
}

func TestIssuersNamesAreURLs(t *testing.T) {
	local := func(host string) bool { return host == "127.0.0.1" }
	for name, good := range map[string]bool{
		"https://login.microsoftonline.com/" + oidctest.Tenant + "/v2.0": true, "https://login.microsoftonline.com/{tenantid}/v2.0": true,
		"https://sts.windows.net/{tenantid}/": true, "http://127.0.0.1:1/x": true, "http://login.example/x": false, "login.example": false,
		"https://{tenantid}.example/": false, "https://login.example/?x=1": false, "https://login.example/#x": false, "https://u:p@login.example/": false,
		"https://login.example/?": false, "": false, "ftp://127.0.0.1/": false, "https:///x": false,
	} {
		if why := CheckIssuer(name, local); (why == "") != good {
			t.Errorf("%q: %q", name, why)
		}
	}
}
