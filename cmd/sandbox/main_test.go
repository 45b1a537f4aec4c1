package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestCommandLinesThatCannotBeMeantAreRefusedInOneLine(t *testing.T) {
	for _, c := range []struct{ name, args, message string }{
		{"every interface", "-addr :9090", "-addr :9090 can be reached by others; say -public if that is meant"},
		{"another interface", "-addr 10.0.0.1:9090", "can be reached by others"},
		{"a name", "-addr example.com:9090", "can be reached by others"},
		{"no port", "-addr localhost", "must be host:port"},
		{"no devices", "-devices 0", "-devices must be at least 1"},
		{"history of nobody", "-operations -1", "-operations must be from 0 to 1000"},
		{"history without end", "-operations 1001", "-operations must be from 0 to 1000"},
		{"negative rate", "-rate -1", "-rate and -latency must not be negative"},
		{"no pace", "-pace 0s", "-pace must be positive"},
		{"not a duration", "-latency fast", "invalid value \"fast\""},
		{"unknown flag", "-colour red", "flag provided but not defined"},
		{"left over", "now", "unexpected argument \"now\""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			code := run(t.Context(), strings.Fields(c.args), &out, &errOut)
			if code != 2 || strings.Count(errOut.String(), "\n") != 1 || !strings.Contains(errOut.String(), c.message) {
				t.Errorf("exit %d: %q", code, errOut.String())
			}
		})
	}
}

func TestLoopbackNeedsNoFlag(t *testing.T) {
	for _, addr := range []string{"localhost:1", "LOCALHOST:1", "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "[::ffff:127.0.0.1]:1"} {
		if _, _, err := parse([]string{"-addr", addr}, io.Discard); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := parse([]string{"-addr", ":1", "-public"}, io.Discard); err != nil {
		t.Error(err)
	}
}

func TestFlagsReachTheTenant(t *testing.T) {
	opts, _, err := parse(strings.Fields("-devices 7 -operations 20 -latency 20ms -seed 5 -rate 9 -token x -pace 1s -quiet"), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if opts.Devices != 7 || opts.Operations != 20 || opts.Latency != 20e6 || opts.Seed != 5 || opts.Rate != 9 ||
		opts.Token != "x" || opts.Pace != 1e9 || !opts.Quiet {
		t.Errorf("got %+v", opts)
	}
}

func TestHelpIsNoMistake(t *testing.T) {
	var out, errOut bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, &out, &errOut); code != 0 || !strings.Contains(out.String(), "-latency") || errOut.Len() > 0 {
		t.Errorf("exit %d: %s%s", code, out.String(), errOut.String())
	}
}

func TestServesUntilToldToStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	read, write := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- run(ctx, []string{"-addr", "127.0.0.1:0", "-devices", "3"}, write, io.Discard)
		write.Close()
	}()
	banner := make([]byte, 200)
	size, err := read.Read(banner)
	if err != nil {
		t.Fatal(err)
	}
	line := string(banner[:size])
	if !strings.Contains(line, "not Microsoft") || !strings.Contains(line, "nothing is kept") {
		t.Errorf("banner %q", line)
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	resp, err := http.Get(regexp.MustCompile(`http://\S+`).FindString(line))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var page struct{ Value []any }
	if err := json.NewDecoder(resp.Body).Decode(&page); err != nil || len(page.Value) != 3 {
		t.Errorf("%v: %d devices", err, len(page.Value))
	}
	stop()
	if code := <-done; code != 0 {
		t.Errorf("exit %d", code)
	}
}

func TestAddressInUseIsSaid(t *testing.T) {
	var errOut bytes.Buffer
	if code := run(t.Context(), []string{"-addr", "localhost:99999"}, io.Discard, &errOut); code != 1 || errOut.Len() == 0 {
		t.Errorf("exit %d: %s", code, errOut.String())
	}
}
