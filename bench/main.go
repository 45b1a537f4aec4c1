// Command bench measures the server from outside, beside the least that net/http could
// do in its place; its cache, beside the least that a client of Redis does; and replicas
// of it, beside a single one. bench/run builds what it needs and starts it; README.md
// says what the figures mean.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
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
	what                            []string
	rounds, seconds, warmUp, starts int
	reads                           int // distinct ones
	devices                         int // that are read from replicas
	serverCPU, loadCPU              int
	write, short                    bool
	environ                         []string // more of it, of the server in scenarios
	only                            []string // of the scenarios; empty for all, and what is around them
}

func parse(args []string) (settings, error) {
	s := settings{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	what := flags.String("what", "scenarios", "what is measured, separated by commas: "+strings.Join(names(), ", ")+", or all")
	flags.IntVar(&s.rounds, "rounds", 3, "how often each cell is measured")
	flags.IntVar(&s.seconds, "seconds", 0, "length of a cell; 0 for what is usual")
	flags.IntVar(&s.warmUp, "warm-up", 2, "seconds of load before each cell")
	flags.IntVar(&s.starts, "starts", 10, "how often the server's start is measured")
	flags.IntVar(&s.reads, "reads", 1_000_000, "how many distinct reads memory has to stand")
	flags.IntVar(&s.devices, "devices", 500, "how many devices are read from replicas, by twice as many readers")
	flags.IntVar(&s.serverCPU, "server-cpu", 0, "core of the server under test")
	flags.IntVar(&s.loadCPU, "load-cpu", min(1, runtime.NumCPU()-1), "core of the load, the sandbox and Redis")
	environ := flags.String("environ", "", "more environment of the server in scenarios, such as GOGC=400, separated by blanks")
	only := flags.String("only", "", "the scenarios that are measured, separated by commas, without what is around them")
	flags.BoolVar(&s.write, "write", false, "put the tables into bench/README.md too, those of the scenarios into bench/RESULTS.md")
	flags.BoolVar(&s.short, "short", false, "a smoke run of a few seconds: it shows that the benchmark works, and measures nothing")
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	s.environ, s.only = strings.Fields(*environ), strings.FieldsFunc(*only, func(r rune) bool { return r == ',' })
	if s.short {
		s.rounds, s.seconds, s.warmUp, s.starts, s.reads, s.devices = 1, 1, 0, 2, 1000, 20
	}
	if s.what = strings.Split(*what, ","); *what == "all" {
		s.what = names()
	}
	for _, name := range s.what {
		if !slices.Contains(names(), name) {
			return s, fmt.Errorf("-what %s: there are %s", name, strings.Join(names(), ", "))
		}
	}
	switch {
	case s.write && len(s.only) > 0:
		return s, errors.New("-write wants all scenarios")
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.rounds < 1 || s.starts < 1 || s.reads < 1 || s.devices < 1 || s.seconds < 0 || s.warmUp < 0:
		return s, errors.New("-rounds, -starts, -reads and -devices must be at least 1, -seconds and -warm-up at least 0")
	}
	return s, nil
}

// benchmark measures one thing, and returns what is to be read about it.
type benchmark struct {
	name    string
	seconds int // the usual length of a cell
	cells   int
	measure func(context.Context, *bench) (report string, err error)
}

var benchmarks = []benchmark{
	{"scenarios", 5, 40, benchScenarios},
	{"guards", 5, 6, benchGuards},
	{"cache", 2, 10, benchCache},
	{"memory", 0, 0, benchMemory},
	{"replicas", 60, len(crowds), benchReplicas},
	{"fleet", 60, 6, benchFleet},
	{"live", 0, 6, benchLive},
}

func names() (all []string) {
	for _, m := range benchmarks {
		all = append(all, m.name)
	}
	return all
}

// run measures one after the other, and prints the reports.
func run(ctx context.Context, s settings) error {
	b, err := prepare(ctx, s)
	if err != nil {
		return err
	}
	defer b.close()
	for _, m := range benchmarks {
		if !slices.Contains(s.what, m.name) {
			continue
		}
		if err := b.run(ctx, m); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
	}
	return nil
}

// run measures one thing. Whatever hangs, it ends.
func (b *bench) run(ctx context.Context, m benchmark) error {
	defer b.stopNeighbours()
	b.seconds = cmp.Or(b.settings.seconds, m.seconds)
	longest := time.Duration(b.rounds*m.cells*(b.seconds+b.warmUp+20)+b.starts*10+b.reads/100+60) * time.Second
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	report, err := m.measure(ctx, b)
	if err != nil {
		return err
	}
	fmt.Println(report + "\n")
	if b.write && m.name != "scenarios" { // which have a file of their own
		return writeReadme(m.name, report)
	}
	return nil
}

// bench is what all cells share.
type bench struct {
	settings
	seconds  int    // length of a cell
	bin, dir string // the programs; what they read and write
	sandbox  address
	redis    address
	stubs    map[weather]address
	answer   int        // bytes of a hot page
	running  []*process // what stands beside what is measured
}

// prepare makes room for a run, on the load's core.
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
	return b, pin(ctx, s.loadCPU)
}

// pin keeps this program, too, off the server's core: each of its threads, some of which
// may end while taskset goes through them, which is a failure to it.
func pin(ctx context.Context, cpu int) (err error) {
	for range 3 {
		var out []byte
		taskset := exec.CommandContext(ctx, "taskset", "-a", "-c", "-p", strconv.Itoa(cpu), strconv.Itoa(os.Getpid()))
		if out, err = taskset.CombinedOutput(); err == nil {
			return nil
		}
		err = fmt.Errorf("taskset: %w: %s", err, out)
	}
	return err
}

// save puts a file where the programs started here find it.
func (b *bench) save(name string, content []byte) error {
	return os.WriteFile(filepath.Join(b.dir, name), content, 0o600)
}

// stopNeighbours ends what stands beside what is measured.
func (b *bench) stopNeighbours() {
	for i := len(b.running) - 1; i >= 0; i-- {
		b.running[i].stop()
	}
	b.running = nil
}

// close ends everything that was started and removes what was written.
func (b *bench) close() {
	b.stopNeighbours()
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}
