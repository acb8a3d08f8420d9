// Bench measures braid beside the libraries that a user would pick instead of it, on this machine and in one run: single
// operations, whole training steps, inference, and the way to an accuracy. Who computes something else is not timed.
//
//	go run ./bench setup                           # libraries of Python, at pinned versions, into .venv/bench
//	go run -tags cpu ./bench --quick               # a few cases, a minute or two
//	go run -tags cpu ./bench --cases conv --peers torch,jax --json conv.json
//	go run -tags cpu ./bench diff old.json new.json
//
// docs/bench.md says how each number is made.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/braidml/braid/bench/braidpeer"
	"github.com/braidml/braid/bench/wire"
)

type program struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Measure (the default)."`
	Setup setupCommand `cmd:"" help:"Install the other libraries."`
	List  listCommand  `cmd:"" help:"Show the cases and peers."`
	Show  showCommand  `cmd:"" help:"Show results that were measured before."`
	Diff  diffCommand  `cmd:"" help:"Compare two runs; fails where one is significantly slower by more than 5 %."`
	Serve serveCommand `cmd:"" hidden:"" help:"Be measured: braid's side of the protocol."`
}

// world is where a command runs.
type world struct {
	ctx      context.Context
	out, err io.Writer
	terminal bool // err is one: show which case is being measured
}

// serveCommand is what the harness starts to measure braid.
type serveCommand struct{}

func (serveCommand) Run(*world) error {
	wire.Main(&braidpeer.Peer{})
	return nil
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	info, err := os.Stderr.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	code := run(&world{ctx, os.Stdout, os.Stderr, terminal}, os.Args[1:])
	stop()
	os.Exit(code)
}

// errFound is a failure that has been printed: a slowdown, rows that are wrong.
var errFound = errors.New("")

// run is the program, and its exit status: 2 for flags that cannot be, 130 after an interrupt, 1 for other failures.
func run(w *world, args []string) int {
	var p program
	exit := -1
	parser, err := kong.New(&p, kong.Name("bench"), kong.UsageOnError(), kong.Writers(w.out, w.err), kong.Exit(func(c int) { exit = c }),
		kong.Description("braid beside the libraries that a user would pick instead."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(w.err, "bench:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintln(w.err, "bench:", err)
		return 2
	}
	switch err = command.Run(w); {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w.err, "bench: interrupted; what was measured is in the files that were asked for")
		return 130
	case errors.Is(err, errFound):
		return 1
	case err != nil:
		fmt.Fprintln(w.err, err)
		return 1
	}
	return 0
}
