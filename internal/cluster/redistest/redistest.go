// Package redistest starts redis-server for tests, and stops, freezes and wakes
// it as an operator's bad day would.
package redistest

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/freeport"
)

// Server is a redis-server of one test, on a port of its own. It keeps nothing on
// disk and ends with the test.
type Server struct {
	// Addr is host:port; it stays the same over a Kill and a Restart.
	Addr string

	t    testing.TB
	dir  string
	args []string // beside those that every server gets
	tls  *tls.Config
	cmd  *exec.Cmd
	gone chan struct{} // closed when cmd has ended
}

// Start starts redis-server, with settings like "--maxmemory", "1mb". The test is
// skipped where it is not installed, except in continuous integration (CI=true),
// where that is a failure.
func Start(t testing.TB, settings ...string) *Server {
	t.Helper()
	s := prepare(t)
	s.args = settings
	err := s.run()
	for try := 0; err != nil && try < 3; try++ {
		s.Addr = freeAddr(t) // somebody took the other
		err = s.run()
	}
	check(t, err)
	return s
}

// prepare returns a Server that was not started yet.
func prepare(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		say := t.Skipf
		if os.Getenv("CI") == "true" {
			say = t.Fatalf
		}
		say("redis-server is not installed: %v", err)
	}
	s := &Server{Addr: freeAddr(t), t: t, dir: t.TempDir()}
	t.Cleanup(s.Kill)
	return s
}

// URL is what cluster.Open wants.
func (s *Server) URL() string {
	if s.tls != nil {
		return "rediss://" + s.Addr
	}
	return "redis://" + s.Addr
}

// Restart starts the server again, empty, after a Kill.
func (s *Server) Restart() {
	s.t.Helper()
	check(s.t, s.run())
}

func (s *Server) hostPort() (host, port string) {
	host, port, _ = net.SplitHostPort(s.Addr)
	return host, port
}

// run starts redis-server, and waits until it answers.
func (s *Server) run() error {
	host, port := s.hostPort()
	args := []string{"--bind", host, "--port", port}
	if s.tls != nil {
		args = []string{"--bind", host, "--tls-port", port, "--port", "0"}
	}
	args = append(args, "--save", "", "--appendonly", "no", "--dir", s.dir, "--daemonize", "no")
	return s.start(append(args, s.args...)...)
}

func (s *Server) start(args ...string) error {
	cmd, gone := exec.Command("redis-server", args...), make(chan struct{})
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	go func() {
		defer close(gone)
		_ = cmd.Wait()
	}()
	s.cmd, s.gone = cmd, gone
	ended := false
	if within(10*time.Second, func() bool {
		select {
		case <-gone:
			ended = true
		default:
		}
		return ended || s.answers()
	}) && !ended {
		return nil
	}
	s.Kill()
	return fmt.Errorf("redis-server at %s did not answer within 10 s:\n%s", s.Addr, out.String())
}

// within reports whether f became true in time.
func within(patience time.Duration, f func() bool) bool {
	for begin := time.Now(); time.Since(begin) < patience; time.Sleep(5 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return false
}

// Kill ends the server at once, as kill -9 does, and all that it held.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.gone
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

// answers reports whether it is this one that does: another test's server may have got
// the port first.
func (s *Server) answers() bool {
	reply, err := s.ask("INFO", "server")
	return err == nil && strings.Contains(reply, fmt.Sprintf("process_id:%d\r", s.cmd.Process.Pid))
}

// ask speaks the protocol by hand: a command is an array of strings.
func (s *Server) ask(args ...string) (string, error) {
	conn, err := s.dial()
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, command(args)); err != nil {
		return "", err
	}
	return reply(bufio.NewReader(conn))
}

// reply reads one, with all that it consists of.
func reply(r *bufio.Reader) (string, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return "", err
	}
	n, _ := strconv.Atoi(strings.TrimSpace(line[1:]))
	switch {
	case line[0] == '$' && n >= 0:
		text := make([]byte, n+len("\r\n"))
		_, err = io.ReadFull(r, text)
		line += string(text)
	case line[0] == '*':
		for range n {
			var part string
			if part, err = reply(r); err != nil {
				break
			}
			line += part
		}
	}
	return line, err
}

func (s *Server) dial() (net.Conn, error) {
	dialer := &net.Dialer{Timeout: time.Second}
	if s.tls != nil {
		return tls.DialWithDialer(dialer, "tcp", s.Addr, s.tls)
	}
	return dialer.Dial("tcp", s.Addr)
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
// before redis-server does.
func freeAddr(t testing.TB) string {
	t.Helper()
	addr, err := freeport.Addr(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return addr
}
