//go:build unix

package proactor_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// fullQueue is a proactor of which the kernel has as much as it may and the line
// holds as much as it may: limit receives.
func fullQueue(t *testing.T, limit int) (p *proactor.Proactor, peer int, release func()) {
	t.Helper()
	p = open(t, proactor.Config{MaxInFlight: 1, MaxQueued: limit})
	a, b := testutil.SocketPair(t)
	ops := make([]op, limit+1)
	for i := range ops {
		if err := p.Recv(&ops[i].c, a, make([]byte, 1), 0, ops[i].done); err != nil {
			t.Fatalf("number %d: %v", i, err)
		}
		if i == 0 {
			if err := p.Tick(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return p, b, func() { mustWrite(t, b, []byte("x")) }
}

func TestSubmissionBeyondMaxQueuedIsRefused(t *testing.T) {
	for _, limit := range []int{1, 3} {
		p, _, release := fullQueue(t, limit)
		var o op
		refused := func() bool {
			err := p.Nop(&o.c, o.done)
			if err != nil && !errors.Is(err, proactor.ErrQueueFull) {
				t.Fatalf("got %v, want ErrQueueFull", err)
			}
			return err != nil
		}
		if !refused() {
			t.Error("taken, with the line full of what is in the mailbox")
		}
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
		if !refused() {
			t.Error("taken, with the line full of what is in the queue")
		}
		release()
		driveUntil(t, p, "room", func() bool { return !refused() })
		if o.isDone() {
			t.Error("a refused submission was called back")
		}
		for range limit {
			release()
		}
		wantN(t, wait(t, p, &o), 0)
	}
}

func TestRoomComesBack(t *testing.T) {
	p := open(t, proactor.Config{MaxQueued: 2})
	for range 100 { // whatever takes no place for good
		for _, submit := range []func(o *op) error{
			func(o *op) error { return p.Nop(&o.c, o.done) },
			func(o *op) error { return p.NextTick(&o.c, o.done) },
			func(o *op) error { return p.Timeout(&o.c, 0, o.done) },
			func(o *op) error { return p.Cancel(&o.c, new(proactor.Completion), o.done) },
			func(o *op) error { return p.Read(&o.c, 1<<20, make([]byte, 1), 0, o.done) },
			func(o *op) error { return p.CloseFD(&o.c, 1<<20, o.done) },
		} {
			do(t, p, submit)
		}
	}
	if err := p.WaitForRoom(t.Context()); err != nil {
		t.Error(err)
	}
}

// An operation that is stopped in line gives its place back: the backend never has it.
func TestRoomComesBackOfWhatIsStoppedInLine(t *testing.T) {
	for name, stop := range map[string]func(p *proactor.Proactor, o *op, fd int) error{
		"canceled":  func(p *proactor.Proactor, o *op, _ int) error { p.RequestCancel(&o.c); return nil },
		"timed out": func(p *proactor.Proactor, o *op, _ int) error { p.SetDeadline(&o.c, time.Unix(1, 0)); return nil },
		"closed": func(p *proactor.Proactor, _ *op, fd int) error {
			testutil.Disown(t, fd)
			return p.CloseFD(new(proactor.Completion), fd, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{MaxInFlight: 1, MaxQueued: 1})
			busy, _ := testutil.SocketPair(t)
			fd, _ := testutil.SocketPair(t)
			start(t, func(o *op) error { return p.Recv(&o.c, busy, make([]byte, 1), 0, o.done) })
			if err := p.Tick(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				inLine := start(t, func(o *op) error { return p.Recv(&o.c, fd, make([]byte, 1), 0, o.done) })
				if err := p.Tick(); err != nil {
					t.Fatal(err)
				}
				if err := stop(p, inLine, fd); err != nil {
					t.Fatal(err)
				}
				if r := wait(t, p, inLine); r.Err == nil {
					t.Errorf("got %d, want an error", r.N)
				}
				if name == "closed" {
					break
				}
			}
			if err := p.Nop(&new(op).c, nil); err != nil {
				t.Errorf("nothing is in line: %v", err)
			}
		})
	}
}

func TestWaitForRoomWithoutALimitDoesNotWait(t *testing.T) {
	p := open(t, proactor.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.WaitForRoom(ctx); err != nil {
		t.Error(err)
	}
}

func TestWaitForRoomEndsWithRoom(t *testing.T) {
	const waiters = 4
	p, _, release := fullQueue(t, 1)
	room := make(chan error, waiters)
	for range waiters {
		go func() { room <- p.WaitForRoom(context.Background()) }()
	}
	select {
	case err := <-room:
		t.Fatalf("room though the line is full: %v", err)
	default:
	}
	release()
	run(t, p)
	for range waiters { // none takes the room, so that it is there for all
		if err := testutil.Receive(t, room, "room"); err != nil {
			t.Error(err)
		}
	}
}

func TestWaitForRoomEndsWithItsContext(t *testing.T) {
	p, _, _ := fullQueue(t, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	room := make(chan error, 1)
	go func() { room <- p.WaitForRoom(ctx) }()
	cancel(errWhy)
	if err := testutil.Receive(t, room, "end of the wait"); !errors.Is(err, errWhy) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's cause and its Err", err)
	}
}

func TestWaitForRoomEndsWithClose(t *testing.T) {
	p, _, _ := fullQueue(t, 1)
	room := make(chan error, 4)
	for range cap(room) {
		go func() { room <- p.WaitForRoom(context.Background()) }()
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for range cap(room) {
		// The place that Close made free may have come first.
		if err := testutil.Receive(t, room, "end of the wait"); err != nil && err != proactor.ErrClosed {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}

// Everyone gets through a line of one place, and nothing is lost.
func TestEveryoneGetsThroughALineOfOnePlace(t *testing.T) {
	const goroutines, each = 8, 200
	p := open(t, proactor.Config{Entries: 1, MaxInFlight: 1, MaxQueued: 1})
	run(t, p)
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			var c proactor.Completion
			done := make(chan error, 1)
			for n := 0; n < each; {
				err := p.Nop(&c, func(_ *proactor.Completion, r proactor.Result) { done <- r.Err })
				switch {
				case err == nil:
					n++
					if err := <-done; err != nil {
						t.Errorf("nop: %v", err)
					}
				case errors.Is(err, proactor.ErrQueueFull):
					if err := p.WaitForRoom(context.Background()); err != nil {
						t.Errorf("WaitForRoom: %v", err)
						return
					}
				default:
					t.Errorf("submit: %v", err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestClosedProactorSaysSoHoweverFullItsLine(t *testing.T) {
	p := open(t, proactor.Config{MaxQueued: 1})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := p.Nop(new(proactor.Completion), nil); !errors.Is(err, proactor.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	}
}
