package main

import (
	"context"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/examples/internal/program"
)

// answers is a host: what happens to a connection to a port.
func answers(ports map[uint16]error) func(context.Context, uint16) error {
	return func(_ context.Context, port uint16) error { return ports[port] }
}

func TestReport(t *testing.T) {
	s := &scanner{parallel: 3, dial: answers(map[uint16]error{
		2: syscall.ECONNREFUSED,
		3: syscall.ECONNREFUSED,
		4: os.ErrDeadlineExceeded,
		5: &os.SyscallError{Syscall: "connect", Err: syscall.EHOSTUNREACH},
		7: syscall.ECONNREFUSED,
	})}
	found, err := s.run(t.Context(), []uint16{1, 2, 3, 4, 5, 6, 7})
	if err != nil {
		t.Fatal(err)
	}
	const want = "open      1,6\nfiltered  4-5\nclosed    2-3,7\n"
	if got := report(found); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestNoMoreThanWantedAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const parallel = 5
		var now, most atomic.Int64
		var mu sync.Mutex
		s := &scanner{parallel: parallel, dial: func(context.Context, uint16) error {
			mu.Lock()
			most.Store(max(most.Load(), now.Add(1)))
			mu.Unlock()
			time.Sleep(time.Second)
			now.Add(-1)
			return nil
		}}
		begin := time.Now()
		ports, _ := parsePorts("1-50")
		if found, err := s.run(t.Context(), ports); err != nil || len(found[open]) != len(ports) {
			t.Errorf("got %v, %v", found, err)
		}
		if most.Load() != parallel || time.Since(begin) != 10*time.Second {
			t.Errorf("tried %d at the same time, took %v, want %d, 10s", most.Load(), time.Since(begin), parallel)
		}
	})
}

func TestInterruptionTellsWhatIsKnown(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	s := &scanner{parallel: 1, dial: func(ctx context.Context, port uint16) error {
		if port < 3 {
			return nil
		}
		interrupt()
		return context.Cause(ctx)
	}}
	found, err := s.run(ctx, []uint16{1, 2, 3, 4})
	if err != nil {
		t.Fatal(err)
	}
	const want = "open      1-2\nnot tried 3-4\n"
	if got := report(found); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestFailureEndsTheScan(t *testing.T) {
	tried := 0
	s := &scanner{parallel: 1, dial: func(context.Context, uint16) error {
		tried++
		return syscall.EMFILE
	}}
	_, err := s.run(t.Context(), []uint16{1, 2, 3})
	if !errors.Is(err, syscall.EMFILE) || tried != 1 {
		t.Errorf("got %v after %d ports, want EMFILE after 1", err, tried)
	}
}

func TestCommandLine(t *testing.T) {
	program.Want(t, 0, "usage: ", "-h")
	program.Want(t, 2, "arguments needed: 2, got 1", "localhost")
	program.Want(t, 2, `"http" is not a port`, "localhost", "http")
	program.Want(t, 2, "more than 0", "-n", "0", "localhost", "1")
	program.Want(t, 2, `is "no.such.host.invalid" spelled right?`, "no.such.host.invalid", "1")
}
