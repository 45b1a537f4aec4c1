package web

import "net/http"

func routes(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", notFound)
	mux.HandleFunc("GET /healthz", healthy)
	mux.Handle("GET /readyz", ready(o.Draining))

	if !o.NoConsole {
		console := compress(newConsole())
		mux.Handle("GET /{$}", http.RedirectHandler("/graphiql", http.StatusFound))
		mux.Handle("GET /graphiql", console)
		mux.Handle("GET /graphiql/", console)
	}

	if o.GraphQL != nil {
		mux.Handle("/graphql", guarded(o))
	}
	for pattern, handler := range o.Extra {
		mux.Handle(pattern, handler)
	}
	return mux
}

func notFound(w http.ResponseWriter, r *http.Request) {
	writeError(w, r, http.StatusNotFound, "NOT_FOUND", "nothing is served here")
}
