package main

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

//go:embed load.lua
var loadScript []byte

// load is what wrk saw; times are in microseconds.
type load struct {
	Requests float64 `json:"requests"`
	Bytes    float64 `json:"bytes"`
	Errors   int     `json:"errors"`
	Micros   float64 `json:"micros"`
	P50      float64 `json:"p50"`
	P99      float64 `json:"p99"`
}

// load lets wrk send requests in turn for some seconds, so many under way at a time.
func (b *bench) load(ctx context.Context, url string, requests [][]byte, connections, seconds int) (load, error) {
	if err := cmp.Or(b.save("load.lua", loadScript), b.save("requests", bytes.Join(requests, []byte("\n")))); err != nil {
		return load{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(seconds+15)*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "taskset", "-c", strconv.Itoa(b.loadCPU), "setpriv", "--pdeathsig", "KILL",
		"wrk", "-t", "1", "-c", strconv.Itoa(connections), "-d", strconv.Itoa(seconds), "--timeout", "10s",
		"-s", filepath.Join(b.dir, "load.lua"), url)
	cmd.Env = append(os.Environ(), "REQUESTS="+filepath.Join(b.dir, "requests"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return load{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	var l load
	_, said, _ := strings.Cut(string(out), "JSON")
	if err := json.Unmarshal([]byte(said), &l); err != nil {
		return load{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	return l, nil
}

// right reports whether the answers, each at least size bytes, can have been right.
func (l load) right(size int) error {
	switch {
	case l.Requests == 0 || l.Errors > 0:
		return fmt.Errorf("wrk: %.0f answers, %d errors", l.Requests, l.Errors)
	case l.Bytes < 0.99*l.Requests*float64(size):
		return fmt.Errorf("wrk: answers of %.0f bytes on average, too few for %d", l.Bytes/l.Requests, size)
	}
	return nil
}
