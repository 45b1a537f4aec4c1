package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"html"
	"io/fs"
	"net/http"
	"time"
)

// document is one of the pages that `npm run build` in console/ makes: a few lines that name
// files whose names change with their content.
type document struct {
	body   []byte
	tag    string // entity tag
	policy string
}

func newDocument(name, policy string) *document {
	body, err := fs.ReadFile(dist, name)
	if err != nil {
		panic(err) // the build embedded a console without its pages
	}
	return (&document{policy: policy}).saying(body)
}

// saying gives the page its body.
func (p *document) saying(body []byte) *document {
	sum := sha256.Sum256(body)
	p.body, p.tag = body, `W/"`+hex.EncodeToString(sum[:8])+`"`
	return p
}

// settingsPlace is where the console's page has room for its settings.
const settingsPlace = `<meta name="console-settings" content=""`

// newConsolePage writes the settings into the page: to ask for them would cost the first
// view a round trip.
func newConsolePage(c Console) *document {
	p := newDocument("index.html", c.policy())
	if !bytes.Contains(p.body, []byte(settingsPlace)) {
		panic("the console's page has no place for its settings")
	}
	written := `<meta name="console-settings" content="` + html.EscapeString(c.settings()) + `"`
	return p.saying(bytes.Replace(p.body, []byte(settingsPlace), []byte(written), 1))
}

// ServeHTTP serves the page, which is asked for anew each time.
func (p *document) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", p.tag)
	h.Set("Content-Security-Policy", p.policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", contentTypes[".html"])
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.body))
}
