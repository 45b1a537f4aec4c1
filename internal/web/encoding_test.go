package web

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func TestClientsChooseAmongEncodings(t *testing.T) {
	e := NewEncodings()
	for accept, want := range map[string]string{
		"":                                "",
		"gzip":                            "gzip",
		"gzip, deflate, br, zstd":         "zstd",
		"zstd;q=0.5, gzip":                "gzip",
		"gzip;q=0.5, zstd;q=0.5":          "zstd",
		"GZIP ; Q=1":                      "gzip",
		"gzip;q=0":                        "",
		"gzip;q=0, zstd;q=0.001":          "zstd",
		"br, deflate":                     "",
		"gzip;q=much":                     "",
		"*":                               "",
		"identity;q=1, gzip;q=0.5, *;q=0": "gzip",
	} {
		if got := e.Choose(http.Header{"Accept-Encoding": {accept}}); got != want {
			t.Errorf("%q: %q, want %q", accept, got, want)
		}
	}
}

func TestEncodingsCanBeRead(t *testing.T) {
	e := NewEncodings()
	text := []byte(strings.Repeat(`{"deviceId":"d1"},`, 1000))
	unzip, err := gzip.NewReader(bytes.NewReader(e.Encode("gzip", text)))
	if err != nil {
		t.Fatal(err)
	}
	unpack, err := zstd.NewReader(bytes.NewReader(e.Encode("zstd", text)))
	if err != nil {
		t.Fatal(err)
	}
	defer unpack.Close()
	for name, r := range map[string]io.Reader{"gzip": unzip, "zstd": unpack} {
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%s: %d bytes of %d: %v", name, len(got), len(text), err)
		}
	}
}
