package web

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// TestPackedFilesAreThoseOfTheBuild, whatever a client takes.
func TestPackedFilesAreThoseOfTheBuild(t *testing.T) {
	site := NewHandler(Options{Logger: quiet})
	entries, err := os.ReadDir("dist/assets")
	if err != nil || len(entries) == 0 {
		t.Fatalf("%d files: %v", len(entries), err)
	}
	for _, entry := range entries {
		want, err := os.ReadFile("dist/assets/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		for accept, encoding := range map[string]string{"gzip, deflate, br, zstd": "gzip", "gzip;q=0": "", "br": "", "": ""} {
			r := httptest.NewRequest(http.MethodGet, "/assets/"+entry.Name(), nil)
			r.Header.Set("Accept-Encoding", accept)
			w := httptest.NewRecorder()
			site.ServeHTTP(w, r)
			resp := w.Result()
			body := io.Reader(resp.Body)
			if encoding == "gzip" {
				if body, err = gzip.NewReader(resp.Body); err != nil {
					t.Fatal(err)
				}
			}
			got, err := io.ReadAll(body)
			if err != nil || !bytes.Equal(got, want) || resp.Header.Get("Content-Encoding") != encoding || resp.Header.Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s for %q: %d bytes of %d, %v: %v", entry.Name(), accept, len(got), len(want), resp.Header, err)
			}
		}
	}
	if len(files) != len(entries)+2 {
		t.Errorf("%d files are packed; %d and two pages were built", len(files), len(entries))
	}
}
