//go:build linux && !kqueue

package proactor

import (
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A worker that is left may look at its request at any time after, for the first time too.
func TestRequestThatIsLeftStaysAsItIs(t *testing.T) {
	r := newRunning(t, Config{Backend: "epoll"})
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	c, end := new(Completion), make(chan error, 1)
	mustSubmit(t, r.p.OpenAt(c, AtCWD, fifo, unix.O_RDONLY, 0, func(_ *Completion, r Result) { end <- r.Err }))
	testutil.Eventually(t, patient, func() bool { // what no worker has begun is taken back
		s := r.p.LoopState()
		return s.InFlight == 1 && s.Workers == 1 && s.WorkersInLine == 0
	}, "a worker opens it")
	r.p.abandon(c)
	if err := r.p.Close(); err != nil {
		t.Error(err)
	}
	if err := testutil.Receive(t, end, "end of the open"); !errors.Is(err, hook.ErrKept) {
		t.Fatalf("it ended with %v", err)
	}
	if c.req.Name == nil {
		t.Error("the worker has no name any more")
	}
	if err := newRunning(t, Config{}).p.Nop(c, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("another operation may have the worker's request: %v", err)
	}
	testutil.Eventually(t, patient, func() bool { // its reader lets the worker go
		fd, err := unix.Open(fifo, unix.O_WRONLY|unix.O_NONBLOCK, 0)
		return err == nil && unix.Close(fd) == nil
	}, "the worker reads")
}
