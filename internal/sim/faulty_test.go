//go:build unix

package sim

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// everything is each lawful fault, now and then.
var everything = Plan{Faults: []Fault{
	{Kind: Short, Share: 0.2, Match: func(r *backend.Request) bool { return r.FD < descriptorFirst+3 }},
	{Kind: Errno, Share: 0.05, Errno: syscall.ENOMEM},
	{Kind: Errno, Share: 0.5, Errno: syscall.EINTR}, // never let through
	{Kind: Late, Share: 0.2, Delay: Span{0, time.Second}},
	{Kind: Reorder, Share: 0.3},
	{Kind: LateCancel, Share: 0.3, Delay: Span{0, time.Second}},
	{Kind: FullQueue, Share: 0.3},
	{Kind: FullCancel, Share: 0.3},
	{Kind: EarlyWait, Share: 0.3},
}}

func withFault(t *testing.T, f Fault, test func(r *rig, f *Faulty)) {
	t.Helper()
	inFaultyWorld(t, 1, Options{}, &Plan{Faults: []Fault{f}}, func(r *rig) {
		test(r, r.b.(*Faulty))
	})
}

func wantCount(t testing.TB, f *Faulty, k Kind, want uint64) {
	t.Helper()
	if got := f.Count(k); got != want {
		t.Errorf("%d faults of kind %q, want %d", got, k, want)
	}
}

func TestFaultShort(t *testing.T) {
	withFault(t, Fault{Kind: Short, Share: 1}, func(r *rig, f *Faulty) {
		fd, peer := r.w.Conn()
		n := r.do(send(fd, "0123456789", 0))
		if got := string(peer.Read()); n < 1 || n > 9 || got != "0123456789"[:n] {
			r.Errorf("sent %d, the peer got %q", n, got)
		}
		wantCount(r, f, Short, 1)
		peer.Write([]byte("abc"))
		r.want(3, recv(fd, make([]byte, 3), unix.MSG_WAITALL))
		r.want(1, send(fd, "x", 0)) // cannot be shorter
		wantCount(r, f, Short, 1)
		words := [][]byte{[]byte("01234"), nil, []byte("56789")}
		if n = r.do(vector(backend.OpWriteV, fd, -1, words...)); n < 1 || n > 9 || len(words[2]) != 5 {
			r.Errorf("wrote %d of 10 bytes; %q are left", n, words)
		}
		wantCount(r, f, Short, 2)
	})
}

func TestFaultErrno(t *testing.T) {
	fault := Fault{Kind: Errno, Share: 1, Errno: syscall.EIO, Ops: 1<<backend.OpAccept | 1<<backend.OpClose}
	withFault(t, fault, func(r *rig, f *Faulty) {
		l, addr := r.w.Listen(1)
		if _, err := r.w.Dial(addr); err != nil {
			r.Fatal(err)
		}
		r.wantErrno(syscall.EIO, accept(l))
		r.want(0, nop())
		r.wantOpen(l)
		r.wantErrno(syscall.EIO, closeFD(l))
		r.wantOpen() // as with a real close
		r.wantErrno(syscall.EBADF, closeFD(l))
		wantCount(r, f, Errno, 2)
	})
}

func TestFaultsThatBreakTheContractNeedLeave(t *testing.T) {
	for _, errno := range []syscall.Errno{syscall.EINTR, syscall.ECANCELED, syscall.EAGAIN} {
		plan := Plan{Faults: []Fault{{Kind: Errno, Share: 1, Errno: errno}}}
		inFaultyWorld(t, 1, Options{}, &plan, func(r *rig) { r.want(0, nop()) })
		plan.BreakContract = true
		inFaultyWorld(t, 1, Options{}, &plan, func(r *rig) { r.wantErrno(errno, nop()) })
	}
	withFault(t, Fault{Kind: Errno, Share: 1, Errno: syscall.EAGAIN}, func(r *rig, f *Faulty) {
		fd, peer := r.w.Conn()
		peer.Write([]byte("x"))
		r.want(1, recv(fd, make([]byte, 1), 0))
		r.wantErrno(syscall.EAGAIN, recv(fd, make([]byte, 1), unix.MSG_DONTWAIT))
	})
}

func TestFaultLate(t *testing.T) {
	withFault(t, Fault{Kind: Late, Share: 1, Delay: Span{time.Hour, time.Hour}}, func(r *rig, f *Faulty) {
		begin := time.Now()
		r.want(0, nop())
		if d := time.Since(begin); d != time.Hour {
			r.Errorf("the event came after %v", d)
		}
		token := r.start(nop())
		r.pass(time.Minute)
		r.wantEvent(r.cancel(token), -int(syscall.EALREADY))
		r.wantEvent(token, 0)
		wantCount(r, f, Late, 2)
	})
}

func TestFaultReorder(t *testing.T) {
	withFault(t, Fault{Kind: Reorder, Share: 1}, func(r *rig, f *Faulty) {
		var tokens []backend.Token
		for range 20 {
			tokens = append(tokens, r.start(nop()))
		}
		r.reap()
		inOrder := len(r.order) == len(tokens)
		for i, token := range r.order {
			inOrder = inOrder && tokens[i] == token
		}
		if inOrder || len(r.events) != 20 || f.Count(Reorder) == 0 {
			r.Errorf("%d events, in order: %v", len(r.events), inOrder)
		}
	})
}

func TestFaultLateCancel(t *testing.T) {
	withFault(t, Fault{Kind: LateCancel, Share: 1, Delay: Span{time.Hour, time.Hour}}, func(r *rig, f *Faulty) {
		fd, peer := r.w.Conn()
		fast := r.start(recv(fd, make([]byte, 1), 0))
		r.wantEvent(r.cancel(fast), -int(syscall.EALREADY))
		peer.Write([]byte("x"))
		r.wantEvent(fast, 1)
		begin := time.Now()
		slow := r.start(recv(fd, make([]byte, 1), 0))
		r.wantEvent(r.cancel(slow), -int(syscall.EALREADY))
		r.wantEvent(slow, canceled)
		if d := time.Since(begin); d != time.Hour {
			r.Errorf("stopped after %v", d)
		}
		wantCount(r, f, LateCancel, 2)
	})
}

func TestFaultsOfCalls(t *testing.T) {
	for _, kind := range []Kind{FullQueue, FullCancel, EarlyWait} {
		withFault(t, Fault{Kind: kind, Share: 0.5}, func(r *rig, f *Faulty) {
			fd, peer := r.w.Conn()
			for range 20 {
				token := r.start(recv(fd, make([]byte, 1), 0))
				r.start(send(fd, "x", 0))
				r.pass(time.Millisecond)
				r.cancel(token)
				r.wantEvent(token, canceled)
			}
			if got := len(peer.Read()); got != 20 {
				r.Errorf("%v: the peer got %d bytes, want 20", kind, got)
			}
			if f.Count(kind) == 0 {
				r.Errorf("no fault of kind %q in 20 rounds", kind)
			}
		})
	}
}

func TestFullQueueTakesOneWhenNothingIsInFlight(t *testing.T) {
	withFault(t, Fault{Kind: FullQueue, Share: 1}, func(r *rig, f *Faulty) {
		a, b := nop(), nop()
		a.Token, b.Token = backend.Token{Index: 1, Generation: 1}, backend.Token{Index: 2, Generation: 1}
		for range 20 {
			taken, err := r.b.Submit([]*backend.Request{&a, &b})
			if taken != 1 || err != nil {
				r.Fatalf("took %d, %v", taken, err)
			}
			if n := r.b.Reap(make([]backend.Event, 2)); n != 1 {
				r.Fatalf("reaped %d", n)
			}
		}
	})
}

func TestFaultyCloseLosesNoDescriptor(t *testing.T) {
	withFault(t, Fault{Kind: Late, Share: 1, Delay: Span{time.Hour, time.Hour}}, func(r *rig, f *Faulty) {
		l, addr := r.w.Listen(9)
		for range 3 {
			r.start(accept(l))
			if _, err := r.w.Dial(addr); err != nil {
				r.Fatal(err)
			}
		}
		r.start(accept(l))
		r.pass(time.Minute)
		if got := len(r.w.Descriptors()); got != 4 {
			r.Errorf("%d descriptors are open, want 4", got)
		}
		if err := f.Close(); err != nil {
			r.Error(err)
		}
		r.wantOpen(l)
	})
}

func TestFaultyNameSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := Inject(New(1, Options{}).Backend(), 1, Plan{})
		if got := f.Name(); got != "faulty sim" {
			t.Errorf("got %q", got)
		}
		if f.Features().Ops != backend.AllOps || f.Counters().SystemCalls != 0 {
			t.Error("features or counters are not the inner backend's")
		}
		if got := kindCount.String(); got != "unknown fault" {
			t.Errorf("got %q", got)
		}
	})
}
