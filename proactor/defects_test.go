//go:build linux

package proactor_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// The defects of hnakamur/tigerbeetle-io, one test each, so that none comes back
// here. Two need no test of their own: that errnos are declared and mapped alike
// is TestErrnos, and that a server serves more than one client at a time is up
// to the server.

// Reserving one of the two places of a linked pair submitted a ghost.
func TestDefectHalfReservedLink(t *testing.T) {
	const count = 64
	for _, entries := range []int{1, 2, 3} {
		p := open(t, proactor.Config{Entries: entries, LinkedTimeouts: true})
		a, b := testutil.SocketPair(t)
		recvs, nops := make([]op, count), make([]op, count)
		for i := range recvs {
			if err := p.RecvWithTimeout(&recvs[i].c, a, make([]byte, 1), 0, time.Hour, recvs[i].done); err != nil {
				t.Fatal(err)
			}
			if err := p.Nop(&nops[i].c, nops[i].done); err != nil {
				t.Fatal(err)
			}
		}
		for i := range nops {
			wantN(t, wait(t, p, &nops[i]), 0)
		}
		mustWrite(t, b, make([]byte, count))
		for i := range recvs {
			wantN(t, wait(t, p, &recvs[i]), 1)
			if recvs[i].calls != 1 || nops[i].calls != 1 {
				t.Fatalf("number %d: %d and %d callbacks", i, recvs[i].calls, nops[i].calls)
			}
		}
	}
}

// A signal made half of a linked pair go again, linked to whatever came next.
func TestDefectInterruptedLink(t *testing.T) {
	const count = 200
	p := open(t, proactor.Config{Entries: 2, LinkedTimeouts: true})
	a, b := testutil.TCPPair(t)
	ended, stormed := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stormed)
		for {
			select {
			case <-ended:
				return
			default: // the runtime's own signal, which it takes at any time
				_ = unix.Kill(os.Getpid(), unix.SIGURG)
			}
		}
	}()
	defer func() { close(ended); <-stormed }()
	buf := make([]byte, 1)
	var recv, nop op
	for i := range count {
		if err := p.RecvWithTimeout(&recv.c, a, buf, 0, time.Hour, recv.done); err != nil {
			t.Fatal(err)
		}
		if err := p.Nop(&nop.c, nop.done); err != nil {
			t.Fatal(err)
		}
		driveUntil(t, p, "nop", func() bool { return nop.calls == i+1 })
		if recv.calls != i {
			t.Fatalf("the receive ended: %v", recv.result.Err)
		}
		for { // a write may be interrupted
			if _, err := unix.Write(b, []byte{byte(i)}); err != unix.EINTR {
				break
			}
		}
		driveUntil(t, p, "receive", func() bool { return recv.calls == i+1 })
		wantN(t, recv.result, 1)
		if buf[0] != byte(i) {
			t.Fatalf("received %d, want %d", buf[0], i)
		}
	}
}

// What a worker thread does is cancelled with EINTR, which was taken for a
// signal and begun again.
func TestDefectCanceledWorkIsBegunAgain(t *testing.T) {
	path := func(t *testing.T) string {
		fifo := t.TempDir() + "/fifo" // opening it waits for a writer, with O_CREAT in a worker
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		return fifo
	}
	opening := func(t *testing.T, p *proactor.Proactor, prepare func(c *proactor.Completion)) *op {
		fifo := path(t)
		if !testutil.Holds(t, p.Backend(), "an open that waits can be stopped") {
			t.Skip("testutil.Differences says why")
		}
		o := start(t, func(o *op) error {
			prepare(&o.c)
			return p.OpenAt(&o.c, proactor.AtCWD, fifo, unix.O_RDONLY|unix.O_CREAT, 0, o.done)
		})
		if err := p.RunFor(2 * time.Millisecond); err != nil {
			t.Fatal(err)
		}
		return o
	}
	t.Run("cancel", func(t *testing.T) {
		p := open(t, proactor.Config{})
		o := opening(t, p, func(*proactor.Completion) {})
		r := do(t, p, func(cancel *op) error { return p.Cancel(&cancel.c, &o.c, cancel.done) })
		if r.Err != nil {
			wantIs(t, r.Err, proactor.ErrAlreadyInProgress)
		}
		wantIs(t, wait(t, p, o).Err, proactor.ErrCanceled)
	})
	t.Run("timeout", func(t *testing.T) {
		p := open(t, proactor.Config{})
		o := opening(t, p, func(c *proactor.Completion) { c.SetTimeout(time.Millisecond) })
		wantIs(t, wait(t, p, o).Err, os.ErrDeadlineExceeded)
	})
	t.Run("close", func(t *testing.T) {
		p := open(t, proactor.Config{})
		o := opening(t, p, func(*proactor.Completion) {})
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		wantIs(t, o.result.Err, proactor.ErrClosed)
	})
}

// The removal of a timeout that raced with its expiry had a result nobody knew.
func TestDefectRemovalRacesWithExpiry(t *testing.T) {
	const count = 500
	p := open(t, proactor.Config{})
	r := rand.New(rand.NewPCG(3, 4))
	for range count {
		timeout := start(t, func(o *op) error {
			return p.Timeout(&o.c, time.Duration(r.IntN(20))*time.Microsecond, o.done)
		})
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
		removal := do(t, p, func(o *op) error { return p.Cancel(&o.c, &timeout.c, o.done) })
		expiry := wait(t, p, timeout)
		switch {
		case expiry.Err == nil:
			wantIs(t, removal.Err, proactor.ErrNotFound)
		default:
			wantIs(t, expiry.Err, proactor.ErrCanceled)
			wantOK(t, removal)
		}
		if timeout.calls != 1 {
			t.Fatalf("%d callbacks", timeout.calls)
		}
	}
}

// A linked timeout has more results than the two that were expected of it. Here
// data and timeout race; whatever wins, the bytes arrive once and in order.
func TestDefectLinkedTimeoutRacesWithData(t *testing.T) {
	for _, linked := range []bool{false, true} {
		t.Run(linkedName(linked), func(t *testing.T) {
			const size = 2000
			p := open(t, proactor.Config{LinkedTimeouts: linked})
			a, b := testutil.SocketPair(t)
			sent := testutil.FileContents(3, size)
			go func() {
				for i := range sent {
					if n, err := unix.Write(b, sent[i:i+1]); n != 1 || err != nil {
						t.Errorf("write: %d, %v", n, err)
						return
					}
					if i%16 == 0 {
						runtime.Gosched()
					}
				}
			}()
			r := rand.New(rand.NewPCG(5, 6))
			var received []byte
			var o op
			buf := make([]byte, 7)
			for end := time.Now().Add(patience); len(received) < size; {
				d := time.Duration(r.IntN(30)) * time.Microsecond
				calls := o.calls
				if err := p.RecvWithTimeout(&o.c, a, buf, 0, d, o.done); err != nil {
					t.Fatal(err)
				}
				driveUntil(t, p, "receive", func() bool { return o.calls > calls })
				switch {
				case o.result.Err == nil:
					received = append(received, buf[:o.result.N]...)
				case o.result.N != 0:
					t.Fatalf("%d bytes besides %v", o.result.N, o.result.Err)
				default:
					wantIs(t, o.result.Err, os.ErrDeadlineExceeded)
				}
				if time.Now().After(end) {
					t.Fatalf("%d of %d bytes", len(received), size)
				}
			}
			if !bytes.Equal(received, sent) {
				t.Error("other bytes came than were sent")
			}
		})
	}
}

// Waiting took all of a processor.
func TestDefectWaitingSpins(t *testing.T) {
	const idle, mayTake = 300 * time.Millisecond, 100 * time.Millisecond
	p := open(t, proactor.Config{})
	a, _ := testutil.SocketPair(t)
	start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 1), 0, o.done) })
	start(t, func(o *op) error { return p.Timeout(&o.c, time.Hour, o.done) })
	start(t, func(o *op) error { return p.OnTrigger(&o.c, new(proactor.Event), o.done) })
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	before := processorTime(t)
	if err := p.RunFor(idle); err != nil {
		t.Fatal(err)
	}
	if elapsed := processorTime(t) - before; elapsed > mayTake {
		t.Errorf("%v of processor time while idle for %v", elapsed, idle)
	}
}

// processorTime is what the process has used.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		t.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// A cancel named its target by address, and met the next operation there.
func TestDefectLateCancelHitsTheNextOperation(t *testing.T) {
	cancels := map[string]func(t *testing.T, p *proactor.Proactor, target *proactor.Completion){
		"Cancel": func(t *testing.T, p *proactor.Proactor, target *proactor.Completion) {
			if err := p.Cancel(new(proactor.Completion), target, nil); err != nil {
				t.Error(err)
			}
		},
		"RequestCancel": func(_ *testing.T, p *proactor.Proactor, target *proactor.Completion) { p.RequestCancel(target) },
		"Abandon":       func(_ *testing.T, p *proactor.Proactor, target *proactor.Completion) { hook.Abandon(p, target) },
		"SetDeadline": func(_ *testing.T, p *proactor.Proactor, target *proactor.Completion) {
			p.SetDeadline(target, time.Now())
		},
	}
	for name, cancel := range cancels {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			a, b := testutil.SocketPair(t)
			buf := make([]byte, 4)
			var o op
			mustWrite(t, b, []byte("1"))
			if err := p.Recv(&o.c, a, buf, 0, func(c *proactor.Completion, r proactor.Result) {
				wantN(t, r, 1)
				// Its own callback uses it again.
				if err := p.Recv(c, a, buf, 0, o.done); err != nil {
					t.Error(err)
				}
			}); err != nil {
				t.Fatal(err)
			}
			cancelLate := func() { cancel(t, p, &o.c) }
			// The cancel is submitted when the first receive is complete but not
			// yet called back.
			if err := p.NextTick(new(proactor.Completion), func(*proactor.Completion, proactor.Result) {}); err != nil {
				t.Fatal(err)
			}
			var early op
			if err := p.NextTick(&early.c, func(c *proactor.Completion, r proactor.Result) {
				early.done(c, r)
				cancelLate()
			}); err != nil {
				t.Fatal(err)
			}
			wait(t, p, &early)
			tickUnfinished(t, p, &o)
			mustWrite(t, b, []byte("22"))
			wantN(t, wait(t, p, &o), 2)
		})
	}
}

// The end of the loop let the kernel write into buffers it had borrowed.
func TestDefectBuffersAreWrittenAfterTheEnd(t *testing.T) {
	const count = 8
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 1<<20)
	var peers []int
	var bufs [][]byte
	var ops []*op
	for range count {
		a, b := testutil.SocketPair(t)
		buf := make([]byte, 64<<10)
		peers, bufs = append(peers, b), append(bufs, buf)
		ops = append(ops, start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) }))
		fileBuf := make([]byte, 128<<10)
		bufs = append(bufs, fileBuf)
		ops = append(ops, start(t, func(o *op) error { return p.Read(&o.c, fd, fileBuf, 0, o.done) }))
	}
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	for i, o := range ops {
		if o.calls != 1 {
			t.Fatalf("number %d: %d callbacks", i, o.calls)
		}
	}
	for _, buf := range bufs { // they are ours again
		testutil.Poison(buf)
	}
	for _, peer := range peers {
		mustWrite(t, peer, make([]byte, 1000))
	}
	runtime.GC()
	for _, buf := range bufs {
		testutil.CheckPoison(t, buf)
	}
}

// A receive and its timeout that were over in one batch cancelled each other,
// and closed the descriptor twice.
func TestDefectReceiveAndTimeoutInOneBatch(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	testutil.Disown(t, a)
	mustWrite(t, b, []byte("there"))
	buf := make([]byte, 8)
	var recv, timeout, cancelRecv, cancelTimeout, closing op
	if err := p.Recv(&recv.c, a, buf, 0, func(c *proactor.Completion, r proactor.Result) {
		recv.done(c, r)
		if err := p.Cancel(&cancelTimeout.c, &timeout.c, cancelTimeout.done); err != nil {
			t.Error(err)
		}
		// Its own callback may use it for the close.
		if err := p.CloseFD(c, a, closing.done); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if err := p.Timeout(&timeout.c, 0, func(c *proactor.Completion, r proactor.Result) {
		timeout.done(c, r)
		if err := p.Cancel(&cancelRecv.c, &recv.c, cancelRecv.done); err != nil {
			t.Error(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	wantN(t, wait(t, p, &closing), 0)
	wantN(t, wait(t, p, &timeout), 0)
	wantN(t, recv.result, 5)
	wantIs(t, wait(t, p, &cancelTimeout).Err, proactor.ErrNotFound)
	// The cancel of the receive found nothing, or a close, which goes its way.
	if r := wait(t, p, &cancelRecv); !errors.Is(r.Err, proactor.ErrNotFound) && !errors.Is(r.Err, proactor.ErrAlreadyInProgress) {
		t.Errorf("cancel: %v", r.Err)
	}
	for name, o := range map[string]*op{"recv": &recv, "timeout": &timeout, "close": &closing} {
		if o.calls != 1 {
			t.Errorf("%s: %d callbacks", name, o.calls)
		}
	}
}

// hello wrote over the beginning of the file its output went to.
func TestDefectHelloOverwritesItsOutput(t *testing.T) {
	p := open(t, proactor.Config{})
	hello := []byte("Hello world\n")
	write := func(fd int) {
		t.Helper()
		wantN(t, do(t, p, func(o *op) error {
			return p.Write(&o.c, fd, hello, proactor.CurrentPosition, o.done)
		}), len(hello))
	}
	fd, path := testutil.TempFile(t, 6)
	if _, err := unix.Seek(fd, 0, unix.SEEK_END); err != nil { // as a shell's >> or an earlier command
		t.Fatal(err)
	}
	write(fd)
	write(fd)
	want := slices.Concat(testutil.FileContents(0, 6), hello, hello)
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file holds %q, %v, want %q", got, err, want)
	}
	r, w := testutil.Pipe(t) // which has no offsets
	write(w)
	if got := mustRead(t, r, len(hello)); !bytes.Equal(got, hello) {
		t.Errorf("the pipe carried %q", got)
	}
}

// Two operations on one descriptor in one direction made the first be forgotten.
func TestDefectSecondOperationOnADescriptorReplacesTheFirst(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		const count = 5
		recvs := make([]op, count)
		for i := range recvs {
			if err := p.Recv(&recvs[i].c, a, make([]byte, 1), 0, recvs[i].done); err != nil {
				t.Fatal(err)
			}
		}
		poll := start(t, func(o *op) error { return p.Poll(&o.c, a, unix.POLLIN, o.done) })
		tickUnfinished(t, p, poll)
		// The other direction goes its own way meanwhile.
		wantN(t, do(t, p, func(o *op) error { return p.Send(&o.c, a, []byte("out"), 0, o.done) }), 3)
		mustWrite(t, b, make([]byte, count))
		for i := range recvs {
			wantN(t, wait(t, p, &recvs[i]), 1)
		}
		mustWrite(t, b, []byte("x"))
		if r := wait(t, p, poll); r.Err != nil || r.N&unix.POLLIN == 0 {
			t.Errorf("poll: %d, %v", r.N, r.Err)
		}
	})
}

// What callbacks submitted got ahead of what had waited for long.
func TestDefectCallbacksOvertakeTheQueue(t *testing.T) {
	const count = 20
	p := open(t, proactor.Config{Entries: 1, MaxInFlight: 1})
	var order []int
	ops := make([]op, count)
	for i := range ops {
		if err := p.Nop(&ops[i].c, func(c *proactor.Completion, r proactor.Result) {
			wantOK(t, r)
			order = append(order, i)
			if err := p.Nop(c, func(*proactor.Completion, proactor.Result) { order = append(order, count+i) }); err != nil {
				t.Error(err)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	driveUntil(t, p, "all of them", func() bool { return len(order) == 2*count })
	for i, n := range order {
		if i != n {
			t.Fatalf("they came as %v", order)
		}
	}
}
