// Command sandbox serves Microsoft Graph in a box: the Teams device API of an invented tenant, for load tests and for
// other people's clients. It is not Microsoft, it keeps nothing, and it listens on loopback unless told otherwise.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/teamwork-graphql/teamwork-graphql/internal/sandbox"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main with everything handed in. It returns the exit code: 2 for a command line that cannot be meant.
func run(ctx context.Context, args []string, out, errOut io.Writer) int {
	opts, addr, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		fmt.Fprintln(errOut, "sandbox:", err)
		return 2
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		fmt.Fprintln(errOut, "sandbox:", err)
		return 1
	}
	fmt.Fprintf(out, "sandbox: an invented tenant, not Microsoft; nothing is kept; on loopback unless -public. Try http://%s/beta/teamwork/devices\n", listener.Addr())
	if err := serve(ctx, listener, sandbox.New(opts)); err != nil {
		fmt.Fprintln(errOut, "sandbox:", err)
		return 1
	}
	return 0
}

func parse(args []string, out io.Writer) (opts sandbox.Options, addr string, err error) {
	flags := flag.NewFlagSet("sandbox", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // one line of ours says more than the whole list
	flags.StringVar(&addr, "addr", "localhost:9090", "`address` to listen on")
	public := flags.Bool("public", false, "allow an address that others can reach")
	flags.Int64Var(&opts.Seed, "seed", 1, "what the tenant is invented from")
	flags.IntVar(&opts.Devices, "devices", 60, "size of the tenant")
	flags.IntVar(&opts.Operations, "operations", 0, "history of each device; 0: a varying number")
	flags.DurationVar(&opts.Latency, "latency", 0, "how long a request takes at least")
	flags.IntVar(&opts.Rate, "rate", 0, "requests a second before 429, batched ones counted singly; 0: no limit")
	flags.StringVar(&opts.Token, "token", "", "bearer token to demand; *: any")
	flags.DurationVar(&opts.Pace, "pace", 2*time.Second, "how long an operation stays in each state, on average")
	flags.BoolVar(&opts.Quiet, "quiet", false, "nobody else starts operations")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(out, "Usage: sandbox [flags]")
			flags.SetOutput(out)
			flags.PrintDefaults()
		}
		return opts, addr, err
	}
	if flags.NArg() > 0 {
		return opts, addr, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return opts, addr, check(opts, addr, *public)
}

func check(opts sandbox.Options, addr string, public bool) error {
	host, _, err := net.SplitHostPort(addr)
	switch {
	case err != nil:
		return fmt.Errorf("-addr %q must be host:port", addr)
	case !public && !isLoopback(host):
		return fmt.Errorf("-addr %s can be reached by others; say -public if that is meant", addr)
	case opts.Devices < 1:
		return errors.New("-devices must be at least 1")
	case opts.Operations < 0 || opts.Operations > sandbox.MaxOperations:
		return fmt.Errorf("-operations must be from 0 to %d", sandbox.MaxOperations)
	case opts.Rate < 0, opts.Latency < 0:
		return errors.New("-rate and -latency must not be negative")
	case opts.Pace <= 0:
		return errors.New("-pace must be positive")
	}
	return nil
}

// isLoopback does not look names up: only the one that cannot mean anything else counts.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && ip.Unmap().IsLoopback()
}

// serve answers until ctx ends, then lets what is under way finish.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}
