//go:build linux

package proactor_test

import (
	"bytes"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// What the nine tests of TigerBeetle's src/io/test.zig check, in their order.

func TestTigerBeetleOpenWriteReadCloseStatx(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	path := t.TempDir() + "/test_io_write_read_close"
	wrote, read := testutil.FileContents(7, 20), make([]byte, 20)
	var stat proactor.Stat
	var open, write, readBack, close, statx op
	submit := func(err error) {
		if err != nil {
			t.Errorf("submit: %v", err)
		}
	}
	submit(p.OpenAt(&open.c, proactor.AtCWD, path, unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC, 0o666,
		func(c *proactor.Completion, r proactor.Result) {
			open.done(c, r)
			submit(p.Write(&write.c, r.N, wrote, 10, func(c *proactor.Completion, w proactor.Result) {
				write.done(c, w)
				submit(p.Read(&readBack.c, r.N, read, 10, func(c *proactor.Completion, rr proactor.Result) {
					readBack.done(c, rr)
					submit(p.CloseFD(&close.c, r.N, func(c *proactor.Completion, cr proactor.Result) {
						close.done(c, cr)
						submit(p.Statx(&statx.c, proactor.AtCWD, path, 0, unix.STATX_BASIC_STATS, &stat, statx.done))
					}))
				}))
			}))
		}))
	driveUntil(t, p, "the chain", statx.isDone)
	wantOK(t, open.result)
	wantN(t, write.result, 20)
	wantN(t, readBack.result, 20)
	wantN(t, close.result, 0)
	wantN(t, statx.result, 0)
	if !bytes.Equal(read, wrote) {
		t.Errorf("read %v, want %v", read, wrote)
	}
	if stat.Size != 30 {
		t.Errorf("size %d, want 30", stat.Size)
	}
}

func TestTigerBeetleAcceptConnectSendReceive(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	client, accepted := connected(t, p)
	sent, received := []byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}, make([]byte, 5)
	send := start(t, func(o *op) error { return p.Send(&o.c, client, sent, 0, o.done) })
	recv := start(t, func(o *op) error { return p.Recv(&o.c, accepted, received, 0, o.done) })
	wantN(t, wait(t, p, send), 10)
	wantN(t, wait(t, p, recv), 5)
	if !bytes.Equal(received, sent[:5]) {
		t.Errorf("received %v", received)
	}
}

func TestTigerBeetleTimeout(t *testing.T) {
	const count, d = 10, 20 * time.Millisecond
	p := open(t, proactor.Config{Entries: 32})
	begin, calls := time.Now(), 0
	var stopped time.Duration
	ops := make([]op, count)
	for i := range ops {
		if err := p.Timeout(&ops[i].c, d, func(*proactor.Completion, proactor.Result) {
			stopped = time.Since(begin)
			calls++
		}); err != nil {
			t.Fatal(err)
		}
	}
	// Whatever else is done in the meantime, RunFor gets to them.
	for calls < count {
		if err := p.RunFor(d / 4); err != nil {
			t.Fatal(err)
		}
		if time.Since(begin) > patience {
			t.Fatalf("%d of %d timeouts", calls, count)
		}
	}
	if stopped < d {
		t.Errorf("%v early", d-stopped)
	}
}

func TestTigerBeetleEvent(t *testing.T) {
	const triggers = 5
	p := open(t, proactor.Config{Entries: 32})
	var event proactor.Event
	var listen op
	count := 0
	heard := make(chan int, triggers)
	var again proactor.Callback
	again = func(c *proactor.Completion, r proactor.Result) {
		wantN(t, r, 0)
		if count++; count < triggers {
			if err := p.OnTrigger(c, &event, again); err != nil {
				t.Errorf("Listen: %v", err)
			}
		}
		heard <- count
	}
	if err := p.OnTrigger(&listen.c, &event, again); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		runtime.LockOSThread()
		for range triggers {
			p.Trigger(&event)
			<-heard
		}
	}()
	driveUntil(t, p, "five triggers", func() bool { return count == triggers })
	testutil.Receive(t, ended, "end of the trigger's goroutine")
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if count != triggers {
		t.Errorf("%d callbacks for %d triggers", count, triggers)
	}
}

func TestTigerBeetleSubmissionQueueFull(t *testing.T) {
	const count = 10
	p := open(t, proactor.Config{Entries: 1})
	timeouts, nops := make([]op, count), make([]op, count)
	for i := range timeouts {
		if err := p.Timeout(&timeouts[i].c, 0, timeouts[i].done); err != nil {
			t.Fatal(err)
		}
		if err := p.Nop(&nops[i].c, nops[i].done); err != nil {
			t.Fatal(err)
		}
	}
	for i := range timeouts {
		wantN(t, wait(t, p, &timeouts[i]), 0)
		wantN(t, wait(t, p, &nops[i]), 0)
	}
}

// An operation that something outside completes between two Ticks is seen by
// RunFor, whatever the Ticks did before.
func TestTigerBeetleTickToWait(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	a, b := testutil.TCPPair(t)
	buf := make([]byte, 64)
	recv := start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
	for range 3 {
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
	}
	if recv.isDone() {
		t.Fatalf("received from nobody: %+v", recv.result)
	}
	mustWrite(t, b, []byte("not by the proactor"))
	wantN(t, wait(t, p, recv), len("not by the proactor"))
}

func TestTigerBeetlePipeDataOverSocket(t *testing.T) {
	const size = 1 << 20
	p := open(t, proactor.Config{Entries: 32})
	tx, rx := testutil.TCPPair(t)
	sent, received := testutil.FileContents(0, size), make([]byte, size)
	var send, recv op
	at, rxDone := 0, false
	if err := p.Send(&send.c, tx, sent, 0, send.done); err != nil {
		t.Fatal(err)
	}
	var more proactor.Callback
	more = func(c *proactor.Completion, r proactor.Result) {
		if r.Err != nil || r.N == 0 {
			t.Errorf("receive: %d, %v", r.N, r.Err)
			rxDone = true
			return
		}
		if at += r.N; at == size {
			rxDone = true
			return
		}
		if err := p.Recv(c, rx, received[at:], 0, more); err != nil {
			t.Error(err)
		}
	}
	if err := p.Recv(&recv.c, rx, received, 0, more); err != nil {
		t.Fatal(err)
	}
	end := time.Now().Add(patience)
	for !rxDone || !send.isDone() {
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
		if err := p.RunFor(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatalf("%d of %d bytes", at, size)
		}
	}
	wantN(t, send.result, size)
	if !bytes.Equal(received, sent) {
		t.Error("other bytes were received than sent")
	}
}

func TestTigerBeetleTimeoutsComeThoughCompletionsAreQueued(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	var tick, timeout op
	stop := false
	var again proactor.Callback
	again = func(c *proactor.Completion, _ proactor.Result) {
		if stop {
			tick.calls++
		} else if err := p.NextTick(c, again); err != nil {
			t.Error(err)
		}
	}
	if err := p.NextTick(&tick.c, again); err != nil {
		t.Fatal(err)
	}
	if err := p.Timeout(&timeout.c, time.Millisecond, timeout.done); err != nil {
		t.Fatal(err)
	}
	wantN(t, wait(t, p, &timeout), 0)
	stop = true
	driveUntil(t, p, "end of the ticks", tick.isDone)
}

// Ours come one a round, so that what arrives from outside gets its turn too;
// none of them waits for the kernel.
func TestTigerBeetleChainedNextTicks(t *testing.T) {
	const links = 100
	p := open(t, proactor.Config{Entries: 32})
	calls := 0
	var next proactor.Callback
	next = func(c *proactor.Completion, _ proactor.Result) {
		if calls++; calls < links {
			if err := p.NextTick(c, next); err != nil {
				t.Error(err)
			}
		}
	}
	if err := p.NextTick(new(proactor.Completion), next); err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= links; n++ {
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
		if calls != n {
			t.Fatalf("%d callbacks after %d rounds", calls, n)
		}
	}
}
