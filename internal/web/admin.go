package web

import (
	"cmp"
	"log/slog"
	"net/http"
)

// NewAdmin returns a site of o.Extra and nothing else, in the same shell as the other.
func NewAdmin(o Options) http.Handler {
	o.Logger = cmp.Or(o.Logger, slog.Default())
	mux := http.NewServeMux()
	mux.HandleFunc("/", notFound)
	for pattern, handler := range o.Extra {
		mux.Handle(pattern, handler)
	}
	var site http.Handler = mux
	if o.CheckHost {
		site = onlyNames(o.AllowedHosts)(site)
	}
	return chain(site, receive(nil), logAccess(o.Logger), recoverPanics(o.Logger), setSecurityHeaders)
}

// Refuse answers with an error in the one shape that refusals have here.
func Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	writeError(w, r, status, code, message)
}
