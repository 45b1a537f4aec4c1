// Command bench measures the whole server from outside, beside the least that net/http
// could do in its place. bench/run builds what it needs and starts it; README.md says
// what the figures mean.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// The programs started here die with the thread that started them (see process.go):
// that has to be the one that lives as long as this program.
func init() { runtime.LockOSThread() }

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s, err := parse(os.Args[1:])
	if err == nil {
		err = run(ctx, s)
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// settings are what the command line says.
type settings struct {
	rounds, seconds, warmUp, starts int
	serverCPU, loadCPU              int
	write                           bool
}

func parse(args []string) (settings, error) {
	s := settings{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&s.rounds, "rounds", 3, "how often each cell is measured")
	flags.IntVar(&s.seconds, "seconds", 8, "length of a cell")
	flags.IntVar(&s.warmUp, "warm-up", 2, "seconds of load before each cell")
	flags.IntVar(&s.starts, "starts", 10, "how often the server's start is measured")
	flags.IntVar(&s.serverCPU, "server-cpu", 0, "core of the server under test")
	flags.IntVar(&s.loadCPU, "load-cpu", min(1, runtime.NumCPU()-1), "core of the load, the sandbox and Redis")
	flags.BoolVar(&s.write, "write", false, "put the table into bench/README.md too")
	short := flags.Bool("short", false, "a smoke run of a few seconds: it shows that the benchmark works, and measures nothing")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	if *short {
		s.rounds, s.seconds, s.warmUp, s.starts = 1, 1, 0, 2
	}
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.rounds < 1 || s.seconds < 1 || s.starts < 1 || s.warmUp < 0:
		return s, errors.New("-rounds, -seconds and -starts must be at least 1, -warm-up at least 0")
	}
	return s, nil
}

// run measures everything, round by round, and prints the table.
func run(ctx context.Context, s settings) error {
	// Whatever hangs, it ends.
	longest := time.Duration(s.rounds*len(cells)*(s.seconds+s.warmUp+20)+s.starts*10+60) * time.Second
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	b, err := prepare(ctx, s)
	if err != nil {
		return err
	}
	defer b.close()
	measured := map[string][]result{}
	for round := range s.rounds {
		for _, c := range cells {
			r, err := b.measure(ctx, c)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			fmt.Fprintf(os.Stderr, "round %d: %-12s %6.0f requests/s, %.3f ms CPU each\n", round+1, c.name, r.rate, r.cpu)
			measured[c.name] = append(measured[c.name], r)
		}
	}
	starts, err := b.startTimes(ctx)
	if err != nil {
		return fmt.Errorf("start: %w", err)
	}
	report := machine(s) + "\n\n" + table(measured, len(b.answer)) + "\n\n" + startLine(starts)
	fmt.Println(report)
	if s.write {
		return writeReadme(report)
	}
	return nil
}

// bench is what all cells share.
type bench struct {
	settings
	bin, dir string // the programs; what they read and write
	sandbox  address
	redis    address
	device   string     // one with a page of 20 operations
	request  []byte     // GraphQL for that page
	answer   []byte     // what the server says to it
	running  []*process // the sandbox and Redis
}

// prepare starts what stands beside the server, and asks the server once.
func prepare(ctx context.Context, s settings) (b *bench, err error) {
	for _, tool := range []string{"wrk", "taskset", "setpriv", "redis-server"} {
		if _, err := exec.LookPath(tool); err != nil {
			return nil, fmt.Errorf("%s is needed (Debian: wrk, util-linux, redis-server)", tool)
		}
	}
	b = &bench{settings: s}
	defer func() {
		if err != nil {
			b.close()
		}
	}()
	self, err := os.Executable()
	if err != nil {
		return b, err
	}
	b.bin = filepath.Dir(self)
	if b.dir, err = os.MkdirTemp(b.bin, "run"); err != nil {
		return b, err
	}
	// This program too keeps off the server's core.
	pin := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", strconv.Itoa(s.loadCPU), strconv.Itoa(os.Getpid()))
	if out, err := pin.CombinedOutput(); err != nil {
		return b, fmt.Errorf("taskset: %w: %s", err, out)
	}
	if err := b.startNeighbours(ctx); err != nil {
		return b, err
	}
	return b, b.ask(ctx)
}

// save puts a file where the programs started here find it.
func (b *bench) save(name string, content []byte) error {
	return os.WriteFile(filepath.Join(b.dir, name), content, 0o600)
}

// close ends everything that was started and removes what was written.
func (b *bench) close() {
	for i := len(b.running) - 1; i >= 0; i-- {
		b.running[i].stop()
	}
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}
