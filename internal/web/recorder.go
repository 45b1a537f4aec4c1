package web

import "net/http"

// A recorder remembers how an answer went. It is the only wrapper that every answer passes.
type recorder struct {
	http.ResponseWriter
	conn   *conn // nil when it is not known
	status int   // 0 until the answer has begun
	bytes  int64
	// streams is called when an event stream begins, unless it is nil.
	streams func()
}

// begin remembers the status that an answer begins with.
func (r *recorder) begin(status int) {
	if r.status != 0 && status != http.StatusSwitchingProtocols {
		return
	}
	r.status = status
	if r.streams != nil && isEvents(r.Header()) {
		r.streams()
	}
}

// WriteHeader remembers the first final status; 1xx are not an answer yet.
func (r *recorder) WriteHeader(status int) {
	if status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		r.begin(status)
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts what the client was sent.
func (r *recorder) Write(p []byte) (int, error) {
	r.begin(http.StatusOK)
	n, err := r.conn.whole(r.ResponseWriter.Write, p)
	r.bytes += int64(n)
	return n, err
}

// Flush lets streams through, for handlers that ask for an http.Flusher instead of a ResponseController.
func (r *recorder) Flush() { _ = r.FlushError() }

// FlushError is for http.ResponseController: a stream must learn that its client is gone.
func (r *recorder) FlushError() error {
	r.begin(http.StatusOK)
	return http.NewResponseController(r.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
