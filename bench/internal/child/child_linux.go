// Package child is the inside of the processes that a measurement consists of.
package child

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"

	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/load"
	"github.com/awaitio/awaitio/bench/internal/local"
	"github.com/awaitio/awaitio/bench/internal/serve"
	"github.com/awaitio/awaitio/bench/internal/usage"
	"github.com/awaitio/awaitio/bench/internal/wire"
	"github.com/awaitio/awaitio/internal/ablate"
)

// kinds are what a process can be, by its first argument.
var kinds = map[string]func(wire.Spec) (wire.Child, error){
	"serve": server,
	"load":  generator,
	"local": worker,
}

// Main is the whole of a child's main function. It reports false, having done
// nothing, if this process is none: args are those after the program's name.
func Main(args []string) bool {
	if len(args) != 2 || kinds[args[0]] == nil {
		return false
	}
	if err := run(args[0], args[1]); err != nil {
		wire.Fail(os.Stdout, err)
		os.Exit(1)
	}
	return true
}

func run(kind, text string) error {
	var s wire.Spec
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return fmt.Errorf("a process of the benchmark is started by the benchmark: %w", err)
	}
	if name, one := contender.OnOne(s.Contender); one {
		runtime.GOMAXPROCS(1)
		s.Contender = name
	}
	if s.Procs > 0 && kind != "load" {
		runtime.GOMAXPROCS(s.Procs)
	}
	if s.Without != "" {
		m, err := ablate.Parse(s.Without)
		if err != nil {
			return err
		}
		ablate.Switch(ablate.Of(m)) // until the process ends
	}
	if err := usage.RaiseFiles(); err != nil {
		return err
	}
	c, err := kinds[kind](s)
	if err != nil {
		return err
	}
	in, err := questions()
	if err != nil {
		return err
	}
	return wire.Answer(in, os.Stdout, c)
}

// questions is standard input, waited for in Go's poller: a thread that waits in
// read(2) would count as one of the contender's.
func questions() (io.Reader, error) {
	if err := syscall.SetNonblock(syscall.Stdin, true); err != nil {
		return nil, fmt.Errorf("make standard input non-blocking: %w", err)
	}
	return os.NewFile(uintptr(syscall.Stdin), "stdin"), nil
}

func server(s wire.Spec) (wire.Child, error) {
	hello, err := serve.Start(s)
	counters := usage.Self
	if s.Work == "idle" {
		counters = usage.SelfAlone
	}
	return wire.Child{Hello: hello, Counters: counters}, err
}

func generator(s wire.Spec) (wire.Child, error) {
	debug.SetGCPercent(-1) // it makes no garbage to speak of
	if s.Work == "heavy" {
		h, err := load.ConnectHeavy(s)
		if err != nil {
			return wire.Child{}, err
		}
		return wire.Child{Counters: usage.Self, Run: h.Run}, nil
	}
	g, err := load.Connect(s)
	if err != nil {
		return wire.Child{}, err
	}
	return wire.Child{Counters: usage.Self, Run: g.Run}, nil
}

func worker(s wire.Spec) (wire.Child, error) {
	w, err := local.New(s)
	if err != nil {
		return wire.Child{}, err
	}
	return wire.Child{Hello: w.Hello, Counters: usage.Self, Run: w.Run}, nil
}
