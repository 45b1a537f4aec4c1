package web

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// jsonError is the one shape of a refusal, the one that clients of /graphql read anyway.
type jsonError struct {
	Message    string         `json:"message"`
	Extensions jsonExtensions `json:"extensions"`
}

type jsonExtensions struct {
	Code      string `json:"code"`
	RequestID string `json:"requestId,omitempty"`
}

func writeError(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	body, err := json.Marshal(map[string][]jsonError{
		"errors": {{message, jsonExtensions{code, RequestID(r.Context())}}},
	})
	if err != nil {
		panic(err) // plain strings always marshal
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs no error
}
