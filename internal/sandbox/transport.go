package sandbox

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"syscall"
)

// RoundTrip makes the server an http.RoundTripper that reaches itself without a network, whatever host is asked for.
// The same handler answers, the same bytes are written and read. Connections break here too, when a fault wants them
// to; and httptrace hears when a request has left, which is how a client knows what it may send again.
func (s *Server) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	body, err := drain(req)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.GetConn != nil {
		trace.GetConn(req.URL.Host)
	}
	if trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: nowhere, Reused: true})
	}
	if trace != nil && trace.WroteRequest != nil {
		trace.WroteRequest(httptrace.WroteRequestInfo{})
	}
	rec := &recorder{header: http.Header{}}
	broken := rec.serve(s, arriving(req, body))
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if broken && rec.status == 0 {
		return nil, &net.OpError{Op: "read", Net: "sandbox", Err: syscall.ECONNRESET}
	}
	if trace != nil && trace.GotFirstResponseByte != nil {
		trace.GotFirstResponseByte()
	}
	return rec.response(req, broken), nil
}

// nowhere stands in for a connection, because those who listen to GotConn like to ask it for its addresses.
var nowhere, _ = net.Pipe()

func drain(req *http.Request) ([]byte, error) {
	if req.Body == nil {
		return nil, nil
	}
	body, err := io.ReadAll(req.Body)
	return body, errors.Join(err, req.Body.Close())
}

// arriving is a request as a server would have read it. Its URL stays absolute, which is how next links find back.
func arriving(req *http.Request, body []byte) *http.Request {
	in := req.Clone(req.Context())
	in.URL = &url.URL{}
	*in.URL = *req.URL
	if in.Host == "" {
		in.Host = req.URL.Host
	}
	if in.Method == "" {
		in.Method = http.MethodGet
	}
	in.Body, in.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	if len(body) > 0 {
		in.Header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	return in
}

// recorder is a ResponseWriter that keeps what is written.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header is the response's, as for any ResponseWriter.
func (r *recorder) Header() http.Header { return r.header }

// WriteHeader keeps the first status, as for any ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

// Write keeps the body.
func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(p)
}

// serve reports whether the connection broke.
func (r *recorder) serve(h http.Handler, req *http.Request) (broken bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			broken = true
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(r, req)
	return false
}

func (r *recorder) response(req *http.Request, broken bool) *http.Response {
	length, err := strconv.ParseInt(r.header.Get("Content-Length"), 10, 64)
	if err != nil {
		length = int64(r.body.Len())
	}
	var body io.Reader = &r.body
	if broken {
		body = io.MultiReader(body, cut{})
		if err != nil {
			length = -1 // it did not come so far as to say
		}
	}
	return &http.Response{
		Status: strings.TrimSpace(strconv.Itoa(r.status) + " " + http.StatusText(r.status)), StatusCode: r.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: r.header, Body: io.NopCloser(body), ContentLength: length, Request: req,
	}
}

// cut is where a truncated body ends.
type cut struct{}

// Read fails, as a body does that ends before its Content-Length.
func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// reset breaks the connection: over TCP without a farewell, in process by a panic that RoundTrip understands.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // the next segment is a RST instead of a FIN
	}
	_ = conn.Close()
}

// truncate promises the whole body and sends half of it.
func truncate(w http.ResponseWriter, ans answer) {
	for name, values := range ans.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(ans.body)))
	w.WriteHeader(ans.status)
	_, _ = w.Write(ans.body[:len(ans.body)/2])
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}
