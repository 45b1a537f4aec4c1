package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// dist is what `npm run build` in console/ makes; it is in git, so that building the server needs no npm.
//
//go:embed all:dist
var dist embed.FS

// consolePolicy names all that the console loads. Monaco writes its styles inline, and GraphiQL's style sheet holds its
// fonts as data URLs, as the page holds its icon. Workers are files of ours.
const consolePolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; " +
	"style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// contentTypes is our own list because the system's is not the same everywhere, and nosniff makes browsers strict.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".ttf":  "font/ttf",
}

type console struct {
	files fs.FS
	index string // the page's entity tag
}

func newConsole() *console {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the path is a constant
	}
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		panic(err) // the build embedded a console without a page
	}
	sum := sha256.Sum256(page)
	return &console{files, `W/"` + hex.EncodeToString(sum[:8]) + `"`}
}

// ServeHTTP serves the page at /graphiql and its files below. A file's name changes with its content, so it may be kept
// for good; the page is asked for anew each time.
func (c *console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/graphiql"), "/")
	h := w.Header()
	switch {
	case name == "":
		name = "index.html"
		h.Set("Cache-Control", "no-cache")
		h.Set("ETag", c.index)
	case c.has(name):
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	default:
		notFound(w, r)
		return
	}
	h.Set("Content-Security-Policy", consolePolicy)
	if t, ok := contentTypes[path.Ext(name)]; ok {
		h.Set("Content-Type", t)
	}
	http.ServeFileFS(w, r, c.files, name)
}

func (c *console) has(name string) bool {
	if !strings.HasPrefix(name, "assets/") {
		return false
	}
	info, err := fs.Stat(c.files, name)
	return err == nil && info.Mode().IsRegular()
}
