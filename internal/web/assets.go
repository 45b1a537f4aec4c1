package web

import (
	"embed"
	"io/fs"
	"net/http"
	"path"
)

// dist is what `npm run build` in console/ makes; it is in git, so that building the server needs no npm.
//
//go:embed all:dist
var dist embed.FS

// contentTypes is our own list because the system's is not the same everywhere, and nosniff makes browsers strict.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".ttf":  "font/ttf",
}

// serveAsset serves the files that the pages name. A file's name changes with its content, so it may be kept for good.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	name := "dist" + r.URL.Path
	info, err := fs.Stat(dist, name)
	if err != nil || !info.Mode().IsRegular() {
		notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Content-Security-Policy", graphiqlPolicy) // a worker's own
	if t, ok := contentTypes[path.Ext(name)]; ok {
		h.Set("Content-Type", t)
	}
	http.ServeFileFS(w, r, dist, name) //nolint:gosec // of the files that were built in
}
