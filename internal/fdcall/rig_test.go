//go:build unix

package fdcall

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

const (
	// patience is how long a test waits for what must happen.
	patience  = time.Minute
	testLoops = 3
)

var background = context.Background()

// open starts loops that t closes when it ends. It is the first thing a test does: what
// is alive afterwards must be gone by then.
func open(t testing.TB, config proactor.Config) *Loops {
	t.Helper()
	testutil.CheckLeaks(t)
	s := NewLoops(config, false)
	err := s.Start()
	if errors.Is(err, errors.ErrUnsupported) && runtime.GOOS != "linux" {
		t.Skipf("no backend on this system: %v", err)
	}
	must(t, err)
	t.Cleanup(func() { must(t, s.Close()) })
	return s
}

// pair is both ends of a connection: a descriptor of s, and the number of its peer, which
// is closed when t ends. So is the descriptor, unless the test closes it.
func pair(t testing.TB, s *Loops) (d *Descriptor, peer int) {
	t.Helper()
	fd, peer := testutil.SocketPair(t)
	testutil.Disown(t, fd)
	d = &Descriptor{Loop: s.Of(fd), FD: fd, Kind: Socket}
	t.Cleanup(func() {
		if !d.Closed() {
			must(t, d.Close())
		}
	})
	return d, peer
}

// receiving submits a receive of one byte.
func receiving(d *Descriptor) func(w *Waiter) error {
	buffer := make([]byte, 1)
	return func(w *Waiter) error { return w.Proactor.Recv(&w.C, d.FD, buffer, 0, Deliver) }
}

// nop is a call on no descriptor.
func nop(s *Loops) error {
	_, err := s.Call(background, "nop", -1, func(w *Waiter) error { return w.Proactor.Nop(&w.C, Deliver) })
	return err
}

// callMany has callers make so many calls each on no descriptor.
func callMany(t *testing.T, s *Loops, callers, calls int) {
	t.Helper()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				if err := nop(s); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// later makes a call in a goroutine of its own.
func later(call func() error) <-chan error {
	c := make(chan error, 1)
	go func() { c <- call() }()
	return c
}

// receive waits for the end of a call.
func receive(t testing.TB, ended <-chan error) error {
	t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		t.Fatalf("the call has not ended within %v", patience)
		return nil
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantIs fails t unless err is target.
func wantIs(t testing.TB, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("got error %v, want one that is %v", err, target)
	}
}
