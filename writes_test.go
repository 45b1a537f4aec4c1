package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

// writes is how often this process has asked the system to write, to whatever.
func writes(t *testing.T) (n int) {
	t.Helper()
	counted, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skipf("this system does not count what a process writes: %v", err)
	}
	_, behind, _ := strings.Cut(string(counted), "syscw: ")
	if _, err := fmt.Sscan(behind, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestLargeAnswerLeavesInOneWrite(t *testing.T) {
	f := serve(t, overSocket(upstream(t, sandbox.Options{Devices: 1, Operations: 50}))...)
	body := `{"query":"{ devices(first: 1) { nodes { operations(first: 50) { nodes { id status startedDateTime } } } } }"}`
	conn, err := net.Dial("tcp", strings.TrimPrefix(f.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	ask := func() int {
		_, _ = fmt.Fprintf(conn, "POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		said, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s %v: %s", resp.Status, err, said)
		}
		return len(said)
	}
	if size := ask(); size < 8192 {
		t.Fatalf("an answer of %d bytes is no large one", size)
	}
	const times = 300
	before := writes(t)
	for range times {
		ask()
	}
	if each := float64(writes(t)-before) / times; each > 2.5 {
		t.Errorf("%.2f writes for a request and its answer, want one each", each)
	}
}
