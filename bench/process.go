package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/freeport"
)

// address is host:port on loopback.
type address string

func (a address) url(path string) string { return "http://" + string(a) + path }

// freeAddress returns one that nobody listens on just now.
func freeAddress(ctx context.Context) (address, error) {
	a, err := freeport.Addr(ctx)
	return address(a), err
}

// dial reports whether something listens.
func (a address) dial(ctx context.Context) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", string(a))
	if err != nil {
		return err
	}
	return conn.Close()
}

// command is a program with its arguments and the whole of its environment.
type command struct {
	program string
	args    []string
	environ []string
	dir     string // that it runs in, unless that is the run's own
}

// process is a program that runs on one core.
type process struct {
	cmd    *exec.Cmd
	cancel context.CancelFunc
	log    string
}

// start runs a program on a core until stop, or until this program ends in whatever
// way. taskset and setpriv become the program: its process id is theirs.
func (b *bench) start(ctx context.Context, cpu int, c command) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	log, err := os.CreateTemp(b.dir, filepath.Base(c.program)+"-*.log")
	if err != nil {
		cancel()
		return nil, err
	}
	defer func() { _ = log.Close() }() // the program has its own
	args := append([]string{"-c", strconv.Itoa(cpu), "setpriv", "--pdeathsig", "KILL", c.program}, c.args...)
	cmd := exec.CommandContext(ctx, "taskset", args...)
	cmd.Dir = cmp.Or(c.dir, b.dir)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, c.environ...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		return nil, err
	}
	return &process{cmd: cmd, cancel: cancel, log: log.Name()}, nil
}

// stop asks the program to end, insists after a while, and waits for it.
func (p *process) stop() {
	p.cancel()
	_ = p.cmd.Wait()
}

// until tries again and again, for a minute, until the program is as it should be.
func (p *process) until(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w\n%s", err, p.said())
		case <-time.After(500 * time.Microsecond):
		}
	}
}

// said is what the program has written so far.
func (p *process) said() string {
	said, _ := os.ReadFile(p.log)
	return string(said)
}

// ticks is how many clock ticks of /proc make a second, on every Linux that Go runs on.
const ticks = 100

// cpu returns the time that the program has spent on its core.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(p.proc("stat"))
	if err != nil {
		return 0, err
	}
	// The name, in parentheses, may hold spaces. The state follows, which is field 3.
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("/proc: stat has too few fields")
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * time.Second / ticks, err
}

// memory returns the megabytes that the program has resident.
func (p *process) memory() (float64, error) {
	status, err := os.ReadFile(p.proc("status"))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return 0, errors.New("/proc: status has no VmRSS")
	}
	kilobytes, err := strconv.ParseFloat(fields[0], 64)
	return kilobytes / 1024, err
}

func (p *process) proc(file string) string {
	return filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), file)
}
