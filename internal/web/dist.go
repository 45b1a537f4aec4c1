package web

import (
	"archive/zip"
	_ "embed"
	"encoding/binary"
	"io"
	"net/http"
	"strconv"
	"strings"
)

//go:generate go run ./distpack

// packed is what `npm run build` in console/ made, packed by distpack. It is in git, so that
// building the server needs no npm.
//
//go:embed dist.zip
var packed string

// dist has the files by their names.
var dist = opened(packed)

func opened(archive string) *zip.Reader {
	r, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		panic(err) // the build embedded something else
	}
	return r
}

// files finds those of dist.
var files = func() map[string]*zip.File {
	all := map[string]*zip.File{}
	for _, f := range dist.File {
		all[f.Name] = f
	}
	return all
}()

// gzipHead begins what a deflated file is made of to whoever takes gzip.
// https://www.rfc-editor.org/rfc/rfc1952#section-2.3
const gzipHead = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"

// send writes a file as it is packed, if the client takes that, and unpacked to any other.
func send(w http.ResponseWriter, r *http.Request, f *zip.File) {
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	if !takesGzip(r.Header) {
		h.Set("Content-Length", strconv.FormatUint(f.UncompressedSize64, 10))
		if unpacked, err := f.Open(); err == nil {
			_, _ = io.Copy(w, unpacked) //nolint:gosec // of what was packed here
		}
		return
	}
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.FormatUint(uint64(len(gzipHead))+f.CompressedSize64+8, 10))
	raw, err := f.OpenRaw()
	if err != nil {
		return
	}
	_, _ = io.WriteString(w, gzipHead)
	_, _ = io.Copy(w, raw)
	_, _ = w.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, f.CRC32), f.UncompressedSize))
}

// takesGzip reports whether a client takes gzip, whatever else it likes better.
func takesGzip(h http.Header) bool {
	for name, quality := range acceptedOf(h) {
		if name == "gzip" && quality > 0 {
			return true
		}
	}
	return false
}
