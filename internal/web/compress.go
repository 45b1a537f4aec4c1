package web

import (
	"compress/gzip"
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// minCompressed is the smallest answer worth the work.
const minCompressed = 1 << 10

// compressible leaves out text/event-stream, whose events must not wait in a compressor's buffer.
var compressible = []string{
	"application/json",
	"application/graphql-response+json",
	"text/html",
	"text/css",
	"text/javascript",
	"font/ttf",
}

// compress offers zstd and gzip. Speed before size: what passes here is made for one request.
var compress = newCompressor()

func newCompressor() middleware {
	wrap, err := gzhttp.NewWrapper(
		gzhttp.MinSize(minCompressed),
		gzhttp.CompressionLevel(gzip.BestSpeed),
		gzhttp.ContentTypes(compressible),
	)
	if err != nil {
		panic(err) // the options above are constants
	}
	return func(next http.Handler) http.Handler { return wrap(next) }
}
