//go:build unix

package proactor_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// The tests of hnakamur/tigerbeetle-io's src/io.zig, after which this package is
// modelled, in their order. Its test of the queue is TestListKeepsOrder, and
// that everything compiles needs no test in Go.

func TestSeedSendMsgRecvMsg(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	client, server := testutil.UDPPair(t)
	sent := []byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}
	received := make([]byte, 128)
	out := proactor.Message{Buffers: [][]byte{sent}}
	in := proactor.Message{Buffers: [][]byte{received}}
	send := start(t, func(o *op) error {
		return p.SendMsgWithTimeout(&o.c, client, &out, 0, patience, o.done)
	})
	recv := start(t, func(o *op) error {
		return p.RecvMsgWithTimeout(&o.c, server, &in, 0, patience, o.done)
	})
	wantN(t, wait(t, p, send), len(sent))
	wantN(t, wait(t, p, recv), len(sent))
	if got := received[:len(sent)]; string(got) != string(sent) {
		t.Errorf("received %v, want %v", got, sent)
	}
}

func TestSeedWriteFsyncRead(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	fd, _ := testutil.TempFile(t, 0)
	wrote := make([]byte, 20)
	testutil.Poison(wrote)
	read := make([]byte, 20)
	var write, sync, readBack op
	var trail []string
	err := p.Write(&write.c, fd, wrote, 10, func(c *proactor.Completion, r proactor.Result) {
		trail = append(trail, "write")
		write.done(c, r)
		if err := p.Fsync(&sync.c, fd, 0, func(c *proactor.Completion, r proactor.Result) {
			trail = append(trail, "fsync")
			sync.done(c, r)
			if err := p.Read(&readBack.c, fd, read, 10, readBack.done); err != nil {
				t.Errorf("submit read: %v", err)
			}
		}); err != nil {
			t.Errorf("submit fsync: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	wantN(t, wait(t, p, &readBack), 20)
	wantN(t, write.result, 20)
	wantN(t, sync.result, 0)
	if len(trail) != 2 || trail[0] != "write" {
		t.Errorf("callbacks came as %q", trail)
	}
	testutil.CheckPoison(t, read)
}

func TestSeedOpenAtClose(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	path := t.TempDir() + "/test_io_openat_close"
	r := do(t, p, func(o *op) error {
		return p.OpenAt(&o.c, proactor.AtCWD, path, unix.O_RDWR|unix.O_CREAT, 0o666, o.done)
	})
	wantOK(t, r)
	fd := r.N
	if fd <= 0 {
		t.Fatalf("descriptor %d", fd)
	}
	wantN(t, do(t, p, func(o *op) error { return p.CloseFD(&o.c, fd, o.done) }), 0)
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); !errors.Is(err, unix.EBADF) {
		t.Errorf("the descriptor is still there: %v", err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

// connected does what four of the tests begin with: an accept and a connect
// under way at once.
func connected(t *testing.T, p *proactor.Proactor) (client, accepted int) {
	t.Helper()
	listener, addr := testutil.Listener(t)
	client = descriptor(t, do(t, p, func(o *op) error {
		return p.Socket(&o.c, unix.AF_INET, unix.SOCK_STREAM, 0, o.done)
	}))
	accept := start(t, func(o *op) error { return p.Accept(&o.c, listener, 0, o.done) })
	connect := start(t, func(o *op) error { return p.Connect(&o.c, client, addr, o.done) })
	wantN(t, wait(t, p, connect), 0)
	return client, descriptor(t, wait(t, p, accept))
}

func TestSeedAcceptConnectSendReceive(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	client, accepted := connected(t, p)
	sent := []byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}
	received := []byte{0, 1, 0, 1, 0}
	send := start(t, func(o *op) error { return p.Send(&o.c, client, sent, 0, o.done) })
	recv := start(t, func(o *op) error { return p.Recv(&o.c, accepted, received, 0, o.done) })
	wantN(t, wait(t, p, send), 10)
	wantN(t, wait(t, p, recv), 5)
	if string(received) != string(sent[:5]) {
		t.Errorf("received %v, want %v", received, sent[:5])
	}
}

func TestSeedAcceptConnectSendMsgReceiveMsg(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	client, accepted := connected(t, p)
	sent, received := []byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}, make([]byte, 5)
	out := proactor.Message{Buffers: [][]byte{sent}}
	in := proactor.Message{Buffers: [][]byte{received}}
	send := start(t, func(o *op) error { return p.SendMsg(&o.c, client, &out, 0, o.done) })
	recv := start(t, func(o *op) error { return p.RecvMsg(&o.c, accepted, &in, 0, o.done) })
	wantN(t, wait(t, p, send), 10)
	wantN(t, wait(t, p, recv), 5)
	if string(received) != string(sent[:5]) {
		t.Errorf("received %v, want %v", received, sent[:5])
	}
}

func TestSeedTimeoutOfMessagesDoesNotFire(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32, LinkedTimeouts: true})
	client, accepted := connected(t, p)
	sent, received := []byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}, make([]byte, 5)
	out := proactor.Message{Buffers: [][]byte{sent}}
	in := proactor.Message{Buffers: [][]byte{received}}
	send := start(t, func(o *op) error {
		return p.SendMsgWithTimeout(&o.c, client, &out, 0, patience, o.done)
	})
	recv := start(t, func(o *op) error {
		return p.RecvMsgWithTimeout(&o.c, accepted, &in, 0, patience, o.done)
	})
	wantN(t, wait(t, p, send), 10)
	wantN(t, wait(t, p, recv), 5)
	if n := p.Stats().TimedOut; n != 0 {
		t.Errorf("%d timeouts, want none", n)
	}
}

func TestSeedReceiveIsCanceled(t *testing.T) {
	p := open(t, proactor.Config{Entries: 32})
	_, accepted := connected(t, p)
	recv := start(t, func(o *op) error { return p.Recv(&o.c, accepted, make([]byte, 5), 0, o.done) })
	if err := p.Tick(); err != nil { // the kernel has it
		t.Fatal(err)
	}
	wantN(t, do(t, p, func(o *op) error { return p.Cancel(&o.c, &recv.c, o.done) }), 0)
	r := wait(t, p, recv)
	wantIs(t, r.Err, proactor.ErrCanceled)
	if errors.Is(r.Err, os.ErrDeadlineExceeded) {
		t.Errorf("a cancellation is not a timeout: %v", r.Err)
	}
}

func TestSeedDataComesBeforeTheTimeout(t *testing.T) {
	for _, linked := range []bool{false, true} {
		t.Run(linkedName(linked), func(t *testing.T) {
			p := open(t, proactor.Config{Entries: 32, LinkedTimeouts: linked})
			client, accepted := connected(t, p)
			sent, received := []byte{1, 0, 1, 0, 1, 0, 1, 0, 1, 0}, make([]byte, 5)
			wantN(t, do(t, p, func(o *op) error {
				return p.SendWithTimeout(&o.c, client, sent, 0, patience, o.done)
			}), 10)
			wantN(t, do(t, p, func(o *op) error {
				return p.RecvWithTimeout(&o.c, accepted, received, 0, time.Millisecond, o.done)
			}), 5)
			if n := p.Stats().TimedOut; n != 0 {
				t.Errorf("%d timeouts, want none", n)
			}
		})
	}
}

func TestSeedTimeoutComesBeforeData(t *testing.T) {
	for _, linked := range []bool{false, true} {
		t.Run(linkedName(linked), func(t *testing.T) {
			p := open(t, proactor.Config{Entries: 32, LinkedTimeouts: linked})
			_, accepted := connected(t, p)
			begin := time.Now()
			r := do(t, p, func(o *op) error {
				return p.RecvWithTimeout(&o.c, accepted, make([]byte, 5), 0, time.Millisecond, o.done)
			})
			if early := time.Millisecond - time.Since(begin); early > 0 {
				t.Errorf("%v early", early)
			}
			wantIs(t, r.Err, os.ErrDeadlineExceeded, proactor.ErrCanceled)
			var timeout net.Error
			if !errors.As(r.Err, &timeout) || !timeout.Timeout() {
				t.Errorf("%v is no net.Error of a timeout", r.Err)
			}
			if n := p.Stats().TimedOut; n != 1 {
				t.Errorf("%d timeouts, want 1", n)
			}
		})
	}
}

func linkedName(linked bool) string {
	if linked {
		return "linked"
	}
	return "timers"
}

func TestSeedTimeout(t *testing.T) {
	const count, ms = 10, 20
	p := open(t, proactor.Config{Entries: 32})
	begin := time.Now()
	calls := 0
	ops := make([]op, count)
	for i := range ops {
		if err := p.Timeout(&ops[i].c, ms*time.Millisecond, func(_ *proactor.Completion, r proactor.Result) {
			calls++
			wantN(t, r, 0)
			if early := ms*time.Millisecond - time.Since(begin); early > 0 {
				t.Errorf("%v early", early)
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	driveUntil(t, p, "ten timeouts", func() bool { return calls == count })
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	if calls != count {
		t.Errorf("%d callbacks for %d timeouts", calls, count)
	}
	if d := time.Since(begin); d > patience/2 {
		t.Errorf("took %v", d)
	}
}

func TestSeedCancelTimeout(t *testing.T) {
	const count = 10
	p := open(t, proactor.Config{Entries: 32})
	timeouts, cancels := make([]op, count), make([]op, count)
	for i := range timeouts {
		o := &timeouts[i]
		if err := p.Timeout(&o.c, time.Hour, o.done); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	for i := range cancels {
		o := &cancels[i]
		if err := p.Cancel(&o.c, &timeouts[i].c, o.done); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		wantN(t, wait(t, p, &cancels[i]), 0)
		wantIs(t, wait(t, p, &timeouts[i]).Err, proactor.ErrCanceled)
		if timeouts[i].calls != 1 || cancels[i].calls != 1 {
			t.Errorf("%d and %d callbacks", timeouts[i].calls, cancels[i].calls)
		}
	}
}

// The original's timeouts of 0 ns are over before they can be cancelled here,
// and that too must come out orderly.
func TestSeedCancelTimeoutOfNoTime(t *testing.T) {
	const count = 10
	p := open(t, proactor.Config{Entries: 32})
	timeouts, cancels := make([]op, count), make([]op, count)
	for i := range timeouts {
		o, c := &timeouts[i], &cancels[i]
		if err := p.Timeout(&o.c, 0, o.done); err != nil {
			t.Fatal(err)
		}
		if err := p.Cancel(&c.c, &o.c, c.done); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		got, cancel := wait(t, p, &timeouts[i]), wait(t, p, &cancels[i])
		switch {
		case got.Err == nil:
			wantIs(t, cancel.Err, proactor.ErrNotFound)
		default:
			wantIs(t, got.Err, proactor.ErrCanceled)
			wantN(t, cancel, 0)
		}
	}
}

func TestSeedSubmissionQueueFull(t *testing.T) {
	const count = 10
	p := open(t, proactor.Config{Entries: 1})
	ops := make([]op, count)
	for i := range ops {
		if err := p.Timeout(&ops[i].c, 0, ops[i].done); err != nil {
			t.Fatal(err)
		}
	}
	for i := range ops {
		wantN(t, wait(t, p, &ops[i]), 0)
	}
}
