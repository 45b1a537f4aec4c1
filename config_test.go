package main

import (
	"strings"
	"testing"
	"time"
)

func TestByteSizes(t *testing.T) {
	for text, want := range map[string]struct {
		size    byteSize
		written string
	}{
		"0": {0, "0 bytes"}, "1000": {1000, "1000 bytes"}, "65536": {64 << 10, "64 KiB"}, "64KiB": {64 << 10, "64 KiB"},
		"64MiB": {64 << 20, "64 MiB"}, "64 MiB": {64 << 20, "64 MiB"}, "2GiB": {2 << 30, "2 GiB"}, "1536MiB": {1536 << 20, "1536 MiB"},
	} {
		var got byteSize
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want.size || got.String() != want.written {
			t.Errorf("%q is %d, written %q: %v", text, got, got, err)
		}
	}
}

func TestCacheSettings(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		memory  shares
		stale   time.Duration
	}{
		{"default", nil, shares{near: 32 << 20, store: 16 << 20, answers: 16 << 20}, 24 * time.Hour},
		{"set to nothing", []string{"CACHE_MEMORY="}, shares{near: 32 << 20, store: 16 << 20, answers: 16 << 20}, 24 * time.Hour},
		{"with redis", []string{"REDIS_URL=redis://localhost", "CACHE_MEMORY=1GiB"}, shares{near: 768 << 20, answers: 256 << 20}, 24 * time.Hour},
		{"without answers", []string{"REMEMBER_ANSWERS=off"}, shares{near: 48 << 20, store: 16 << 20}, 24 * time.Hour},
		{"without a cache", []string{"CACHE=off"}, shares{near: 48 << 20, store: 16 << 20}, 24 * time.Hour},
		{"no memory", []string{"CACHE_MEMORY=0"}, shares{store: 1}, 24 * time.Hour},
		{"no memory with redis", []string{"REDIS_URL=redis://localhost", "CACHE_MEMORY=0"}, shares{}, 24 * time.Hour},
		{"never stale", []string{"CACHE_STALE=0s"}, shares{near: 32 << 20, store: 16 << 20, answers: 16 << 20}, -1},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := loadConfig(c.environ)
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.memory(); got != c.memory || orNever(cfg.CacheStale) != c.stale {
				t.Errorf("%+v, stale %v", got, orNever(cfg.CacheStale))
			}
		})
	}
}

func TestNothingInMemoryStillAnswers(t *testing.T) {
	f := serve(t, "CACHE_MEMORY=0")
	for range 3 {
		f.must(`{ devices(first: 1) { nodes { id } } }`)
	}
	if n := statsOf(t, f.url).Requests; n != 3 {
		t.Errorf("%d requests for three questions, want none remembered", n)
	}
	if !strings.Contains(f.log.String(), "none (CACHE_MEMORY=0") {
		t.Errorf("the banner does not say so:\n%s", f.log)
	}
}

func TestConsoleSignsInWhereItIsTold(t *testing.T) {
	for _, c := range []struct {
		name    string
		environ []string
		fault   string // what the error says; "" for none
	}{
		{"nobody", nil, ""},
		{"at an issuer", []string{"CONSOLE_CLIENT_ID=app", "CONSOLE_AUTHORITY=https://issuer.example/v2.0"}, ""},
		{"at an issuer on loopback", []string{"CONSOLE_CLIENT_ID=app", "CONSOLE_AUTHORITY=http://localhost:9000"}, ""},
		{"at the issuer that verifies", []string{"CONSOLE_CLIENT_ID=app", "OIDC_ISSUER=https://issuer.example/{tenantid}/v2.0", "OIDC_AUDIENCE=api://app"}, ""},
		{"without an issuer", []string{"CONSOLE_CLIENT_ID=app"}, "CONSOLE_AUTHORITY"},
		{"as nobody", []string{"CONSOLE_AUTHORITY=https://issuer.example"}, "CONSOLE_CLIENT_ID"},
		{"in the clear", []string{"CONSOLE_CLIENT_ID=app", "CONSOLE_AUTHORITY=http://issuer.example"}, "no issuer"},
		{"at a script", []string{"CONSOLE_CLIENT_ID=app", "CONSOLE_AUTHORITY=javascript:alert(1)"}, "no issuer"},
		{"at a query", []string{"CONSOLE_CLIENT_ID=app", "CONSOLE_AUTHORITY=https://issuer.example/?a=b"}, "no issuer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, err := loadConfig(c.environ)
			if c.fault != "" {
				if err == nil || !strings.Contains(err.Error(), c.fault) {
					t.Errorf("got %v, want an error about %s", err, c.fault)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if told := cfg.console(); (told.SignIn != nil) != (len(c.environ) > 0) || !told.Sandbox {
				t.Errorf("the page is told %+v", told)
			}
		})
	}
}
