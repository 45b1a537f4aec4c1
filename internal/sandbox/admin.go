package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"strings"
)

// foreign refuses what a page of another origin has a browser send. Programs such as curl name no origin.
var foreign = http.NewCrossOriginProtection()

// serveAdmin is the sandbox's own side: no token, no latency, no faults, and not counted. It has to work when nothing
// else is meant to.
func (s *Server) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if foreign.Check(r) != nil {
		reply(w, http.StatusForbidden, map[string]string{"error": "a page of another origin may not do this"})
		return
	}
	switch r.Method + " " + strings.TrimSuffix(strings.ToLower(r.URL.Path), "/") {
	case "GET /_sandbox/stats":
		reply(w, http.StatusOK, s.stats.report())
	case "DELETE /_sandbox/stats":
		s.stats.reset()
		w.WriteHeader(http.StatusNoContent)
	case "GET /_sandbox/faults":
		reply(w, http.StatusOK, s.faults.Load())
	case "DELETE /_sandbox/faults":
		s.faults.Store(&faults{})
		w.WriteHeader(http.StatusNoContent)
	case "POST /_sandbox/faults":
		f, err := readFaults(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			reply(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
			return
		}
		s.faults.Store(f)
		reply(w, http.StatusOK, f)
	default:
		reply(w, http.StatusNotFound, map[string]string{"error": "there are GET and DELETE /_sandbox/stats, and GET, POST and DELETE /_sandbox/faults"})
	}
}

// readFaults reads the whole truth: what a body does not mention is off, so that a run never depends on the one before.
func readFaults(body io.Reader) (*faults, error) {
	f := &faults{}
	dec := json.NewDecoder(body)
	dec.DisallowUnknownFields()
	if err := dec.Decode(f); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, errors.New(wrong.Field + " cannot be a " + wrong.Value)
		}
		text := strings.TrimPrefix(err.Error(), "json: ")
		if strings.HasPrefix(text, "unknown field") {
			text += "; there are " + strings.Join(properties(reflect.TypeFor[faults]()), ", ")
		}
		return nil, errors.New(text)
	}
	if dec.More() {
		return nil, errors.New("more than one JSON value")
	}
	return f, f.check()
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(encode(v), '\n'))
}
