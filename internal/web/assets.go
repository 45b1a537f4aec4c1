package web

import (
	"net/http"
	"path"
	"strings"
)

// contentTypes is our own list because the system's is not the same everywhere, and nosniff makes browsers strict.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".ttf":  "font/ttf",
}

// serveAsset serves the files that the pages name. A file's name changes with its content, so it may be kept for good.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	f := files[strings.TrimPrefix(r.URL.Path, "/")]
	if f == nil {
		notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", graphiqlPolicy) // a worker's own
	if t, ok := contentTypes[path.Ext(f.Name)]; ok {
		h.Set("Content-Type", t)
	}
	send(w, r, f)
}
