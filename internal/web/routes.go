package web

import "net/http"

func routes(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", notFound)
	mux.HandleFunc("GET /healthz", healthy)
	mux.Handle("GET /readyz", ready(o.Draining))

	if !o.NoConsole {
		servePages(mux, o)
	}

	if o.GraphQL != nil {
		mux.Handle("/graphql", guarded(o))
	}
	for pattern, handler := range o.Extra {
		mux.Handle(pattern, handler)
	}
	return mux
}

// servePages serves what there is to look at.
func servePages(mux *http.ServeMux, o Options) {
	console := compress(newConsolePage(o.Console))
	mux.Handle("GET /{$}", console)
	mux.Handle("GET /devices/{id}", console) // a view of its own: the page reads the address
	graphiql := compress(newDocument("graphiql.html", graphiqlPolicy))
	mux.Handle("GET /graphiql", graphiql)
	mux.Handle("GET /graphiql/{$}", graphiql)
	mux.HandleFunc("GET /assets/", serveAsset) // which are packed
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeError(w, r, http.StatusNotFound, "NOT_FOUND", "nothing is served here")
}
