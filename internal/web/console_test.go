package web

import (
	"html"
	"io/fs"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// pages are all that the site serves to look at.
var pages = []string{"/", "/devices/d1", "/graphiql"}

func TestPagesAreAskedForAnew(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	for _, path := range pages {
		resp, _ := get(t, site, path)
		if got := resp.Header.Get("Cache-Control"); got != "no-cache" {
			t.Errorf("%s: Cache-Control: %q", path, got)
		}
		if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy: %q", path, got)
		}
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("If-None-Match", resp.Header.Get("ETag"))
		if again := serve(site, r); again.StatusCode != 304 {
			t.Errorf("%s, unchanged: got %d, want 304", path, again.StatusCode)
		}
	}
}

func TestFilesOfPagesAreKeptForGood(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	for _, path := range pages {
		_, page := get(t, site, path)
		links := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page, -1)
		if len(links) == 0 {
			t.Fatalf("%s links no file", path)
		}
		for _, link := range links {
			resp, body := get(t, site, link[1])
			if resp.StatusCode != 200 || body == "" {
				t.Errorf("%s: got %d, %d bytes", link[1], resp.StatusCode, len(body))
			}
			if got := resp.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
				t.Errorf("%s: Cache-Control %q", link[1], got)
			}
		}
	}
}

func TestFilesHaveKnownTypes(t *testing.T) {
	err := fs.WalkDir(dist, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && contentTypes[path[strings.LastIndex(path, "."):]] == "" {
			t.Errorf("no content type for %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	for _, path := range pages {
		_, page := get(t, NewHandler(Options{Logger: quiet}), path)
		if found := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).FindString(page); found != "" {
			t.Errorf("%s: found %s", path, found)
		}
	}
}

func TestConsoleLoadsNothingOfGraphiQLs(t *testing.T) {
	_, page := get(t, NewHandler(Options{Logger: quiet}), "/")
	for _, link := range regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page, -1) {
		if strings.Contains(link[1], "graphiql") || strings.Contains(link[1], "editor") || strings.HasSuffix(link[1], ".ttf") {
			t.Errorf("the first view loads %s", link[1])
		}
	}
}

func TestConsoleIsToldInItsPage(t *testing.T) {
	tests := []struct {
		name    string
		console Console
		want    string
	}{
		{"nothing", Console{}, `{}`},
		{"a sandbox, with versions", Console{Sandbox: true, UpdateVersions: true}, `{"sandbox":true,"updateVersions":true}`},
		{"a sign-in, however it is spelled", Console{SignIn: &SignIn{ClientID: `"><script>`, Authority: "https://issuer.example/v2", Scope: "openid"}},
			`{"signIn":{"clientId":"\"\u003e\u003cscript\u003e","authority":"https://issuer.example/v2","scope":"openid"}}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, page := get(t, NewHandler(Options{Logger: quiet, Console: tt.console}), "/")
			found := regexp.MustCompile(`<meta name="console-settings" content="([^"]*)"`).FindStringSubmatch(page)
			if found == nil || html.UnescapeString(found[1]) != tt.want {
				t.Errorf("got %q, want %s", found, tt.want)
			}
		})
	}
}

func TestConsoleReachesItsIssuerAndNobodyElse(t *testing.T) {
	for name, tt := range map[string]struct {
		console Console
		want    string
	}{
		"without sign-in": {Console{}, "connect-src 'self';"},
		"with sign-in":    {Console{SignIn: &SignIn{Authority: "https://issuer.example:8443/tenant/v2.0"}}, "connect-src 'self' https://issuer.example:8443;"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, _ := get(t, NewHandler(Options{Logger: quiet, Console: tt.console}), "/")
			got := resp.Header.Get("Content-Security-Policy")
			if !strings.Contains(got, tt.want) || strings.Contains(got, "unsafe") {
				t.Errorf("policy %q, want %s and nothing inline", got, tt.want)
			}
		})
	}
}

func TestNoPagesAreServedWhereNoneAreWanted(t *testing.T) {
	site := NewHandler(Options{Logger: quiet, NoConsole: true})
	for _, path := range append(pages, "/assets/") {
		if resp, _ := get(t, site, path); resp.StatusCode != 404 {
			t.Errorf("%s: got %d, want 404", path, resp.StatusCode)
		}
	}
}
