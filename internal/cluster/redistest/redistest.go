// Package redistest starts redis-server for tests, and stops, freezes and wakes
// it as an operator's bad day would.
package redistest

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a redis-server of one test, on a port of its own. It keeps nothing on
// disk and ends with the test.
type Server struct {
	// Addr is host:port; it stays the same over a Kill and a Restart.
	Addr string

	t   testing.TB
	dir string
	cmd *exec.Cmd
}

// Start starts redis-server. The test is skipped where it is not installed,
// except in continuous integration (CI=true), where that is a failure.
func Start(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		say := t.Skipf
		if os.Getenv("CI") == "true" {
			say = t.Fatalf
		}
		say("redis-server is not installed: %v", err)
	}
	s := &Server{Addr: freeAddr(t), t: t, dir: t.TempDir()}
	s.Restart()
	t.Cleanup(s.Kill)
	return s
}

// URL is what cluster.Open wants.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Restart starts the server again, empty, after a Kill.
func (s *Server) Restart() {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(s.Addr)
	s.cmd = exec.Command("redis-server", "--bind", host, "--port", port,
		"--save", "", "--appendonly", "no", "--dir", s.dir, "--daemonize", "no")
	var out strings.Builder
	s.cmd.Stdout, s.cmd.Stderr = &out, &out
	if err := s.cmd.Start(); err != nil {
		s.t.Fatalf("redis-server: %v", err)
	}
	for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(5 * time.Millisecond) {
		if s.answers() {
			return
		}
	}
	s.Kill()
	s.t.Fatalf("redis-server at %s did not answer within 10 s:\n%s", s.Addr, out.String())
}

// Kill ends the server at once, as kill -9 does, and all that it held.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	s.cmd = nil
}

// Pause freezes the server: connections stay open, and nobody answers.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume wakes it up again.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// Do sends one command and returns the raw reply, for a look past the client
// under test.
func (s *Server) Do(args ...string) string {
	s.t.Helper()
	reply, err := s.ask(args...)
	if err != nil {
		s.t.Fatalf("redis-server at %s: %v", s.Addr, err)
	}
	return reply
}

func (s *Server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatalf("redis-server: %v: %v", sig, err)
	}
}

func (s *Server) answers() bool {
	reply, err := s.ask("PING")
	return err == nil && strings.HasPrefix(reply, "+PONG")
}

// ask speaks the protocol by hand: a command as an array of strings, and QUIT to
// have the end of the reply marked by the connection's.
func (s *Server) ask(args ...string) (string, error) {
	conn, err := net.DialTimeout("tcp", s.Addr, time.Second)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, command(args)+command([]string{"QUIT"})); err != nil {
		return "", err
	}
	reply, err := io.ReadAll(conn)
	return strings.TrimSuffix(string(reply), "+OK\r\n"), err
}

func command(args []string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(args))
	for _, a := range args {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(a), a)
	}
	return b.String()
}

// freeAddr returns a port that nobody listens on. Somebody else might take it
// before redis-server does; then the test says so and is run again.
func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
