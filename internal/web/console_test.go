package web

import (
	"io/fs"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestConsolePageIsAskedForAnew(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	resp, _ := get(t, site, "/graphiql")
	if got := resp.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control: %q", got)
	}
	if got := resp.Header.Get("Content-Security-Policy"); !strings.Contains(got, "frame-ancestors 'none'") {
		t.Errorf("Content-Security-Policy: %q", got)
	}
	r := httptest.NewRequest("GET", "/graphiql", nil)
	r.Header.Set("If-None-Match", resp.Header.Get("ETag"))
	if again := serve(site, r); again.StatusCode != 304 {
		t.Errorf("unchanged page: got %d, want 304", again.StatusCode)
	}
}

func TestConsoleFilesAreKeptForGood(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	_, page := get(t, site, "/graphiql")
	links := regexp.MustCompile(`(?:src|href)="(/[^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(links) == 0 {
		t.Fatal("the page links no file")
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

func TestConsoleFilesHaveKnownTypes(t *testing.T) {
	err := fs.WalkDir(dist, "dist", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && contentTypes[path[strings.LastIndex(path, "."):]] == "" {
			t.Errorf("no content type for %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestConsolePageLoadsNothingFromElsewhere(t *testing.T) {
	_, page := get(t, NewHandler(Options{Logger: quiet}), "/graphiql")
	if found := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).FindString(page); found != "" {
		t.Errorf("found %s", found)
	}
}
