package msgraph

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// departure is what is said of a request to the end of the pipeline, and heard of it from
// there, for whoever must know how far it came. The wire writes it: a trace on the context
// itself would hear of a token's request, too.
type departure struct {
	// once says that the request must never be sent again, because it writes.
	once bool
	// bound is how long the answer's body may be.
	bound int64
	// body is the whole of what is sent, if anything.
	body []byte
	// reached is set once the request was given to the transport: what fails before is
	// not upstream's fault.
	reached atomic.Bool
	// left is set once the request may have left this process.
	left atomic.Bool
}

type departureKey struct{}

func withDeparture(ctx context.Context, d *departure) context.Context {
	return context.WithValue(ctx, departureKey{}, d)
}

// departureFrom returns nil for a request that nobody watches.
func departureFrom(ctx context.Context) *departure {
	d, _ := ctx.Value(departureKey{}).(*departure)
	return d
}

// watch returns the request as it must be sent.
func (d *departure) watch(req *http.Request) *http.Request {
	d.reached.Store(true)
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		// A connection in hand is the last moment at which surely nothing has left.
		GotConn: func(httptrace.GotConnInfo) { d.left.Store(true) },
	}))
	if d.body != nil {
		// net/http lets the head go ahead of a body that may keep it waiting, which is any but
		// one that it knows to be here: two packets, and two calls, for one.
		req.Body = io.NopCloser(bytes.NewReader(d.body))
	}
	if d.once {
		// net/http sends a request again by itself, over HTTP/2 even after its body has
		// gone, if it can get the body again.
		req.GetBody = nil
		return req
	}
	// To net/http a POST is a write, which it does not send again over a new connection
	// when an idle one turns out to be dead. A header without values tells it otherwise,
	// and is not sent.
	req.Header["Idempotency-Key"] = nil
	return req
}
