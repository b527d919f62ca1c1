package fdcall

import (
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// ringConn is a connection on io_uring, and its peer's number.
func ringConn(t *testing.T) (d *Descriptor, peer int) {
	t.Helper()
	s := open(t, proactor.Config{Loops: 2})
	if !s.WaitsInKernel() {
		t.Skip("the backend is no ring")
	}
	return tcpPair(t, s)
}

// besides counts the transfers that callers have made beside the ring.
func (s *Loops) besides() (sum uint64) {
	for _, l := range s.all {
		for _, k := range l.directs.counts() {
			sum += k.Ended
		}
	}
	return sum
}

// drain reads n bytes.
func drain(t *testing.T, fd, n int) {
	t.Helper()
	for p := make([]byte, n); n > 0; {
		got, err := unix.Read(fd, p)
		must(t, err)
		if got == 0 {
			t.Fatalf("the end, %d bytes early", n)
		}
		n -= got
	}
}

func TestSendsBeside(t *testing.T) {
	for name, off := range map[string][]ablate.Mechanism{"": nil, "ablated": {ablate.Beside}} {
		t.Run(name, func(t *testing.T) {
			without(t, off...)
			d, peer := ringConn(t)
			const sends = 10
			for range sends {
				if n, err := d.Send(background, new(FairLock), []byte("answer")); n != 6 || err != nil {
					t.Fatalf("%d, %v", n, err)
				}
			}
			if got, want := d.Loop.Loops.besides(), uint64(sends*(1-len(off))); got != want {
				t.Errorf("%d sends beside the ring, want %d", got, want)
			}
			drain(t, peer, sends*6)
		})
	}
}

// A receive that fills its buffer is followed by one beside the ring. Nothing there, and a short one, are
// followed by one that the ring makes.
func TestReceivesBeside(t *testing.T) {
	d, peer := ringConn(t)
	s := d.Loop.Loops
	const whichever = 2
	receive := func(want string, size int, beside uint64) {
		t.Helper()
		before := s.besides()
		p := make([]byte, size)
		n, err := d.Receive(background, p)
		must(t, err)
		if got := s.besides() - before; string(p[:n]) != want || beside != whichever && got != beside {
			t.Errorf("got %q, %d beside, want %q, %d", p[:n], got, want, beside)
		}
	}
	send(t, peer, "abcdefgh")
	receive("ab", 2, 0)
	receive("cd", 2, 1)
	receive("efgh", 5, 1)
	send(t, peer, "ij")
	receive("ij", 2, 0)
	time.AfterFunc(time.Millisecond, func() { _, _ = unix.Write(peer, []byte("k")) })
	receive("k", 2, whichever) // an attempt that finds nothing is none
	send(t, peer, "lm")
	receive("lm", 2, 0)
	must(t, unix.Shutdown(peer, unix.SHUT_WR))
	receive("", 2, 1)
}

// After so many transfers beside the ring one goes by it, and operations that complete several at a time
// all do.
func TestTurnOfTheRing(t *testing.T) {
	d, _ := ringConn(t)
	s := d.Loop.Loops
	send := func(times, size int, want uint64) {
		t.Helper()
		before := s.besides()
		for range times {
			_, err := d.Send(background, new(FairLock), make([]byte, size))
			must(t, err)
		}
		if got := s.besides() - before; got != want {
			t.Errorf("%d of %d sends of %d bytes beside the ring, want %d", got, times, size, want)
		}
	}
	send(3*(besideMax+1), 1, 3*besideMax)
	send(2, besideMax*besideUnit, 0)
	batch(t, s)
	send(5, 1, 0)
}

// What ends a call ends one beside the ring, in the same words.
func TestEndsOfTransfersBeside(t *testing.T) {
	ended, cancel := context.WithCancelCause(background)
	cause := errors.New("changed my mind")
	cancel(cause)
	for name, test := range map[string]struct {
		end  func(t *testing.T, d *Descriptor)
		ctx  context.Context
		want error
	}{
		"context":    {ctx: ended, want: cause},
		"no context": {ctx: nil, want: ErrNilContext},
		"deadline": {ctx: background, want: ErrDeadlinePassed, end: func(t *testing.T, d *Descriptor) {
			for dir := range Untimed {
				must(t, d.SetDeadline(dir, time.Now().Add(-time.Second)))
			}
		}},
		"close":    {ctx: background, want: ErrDescriptorClosed, end: func(t *testing.T, d *Descriptor) { must(t, d.Close()) }},
		"IO":       {ctx: background, want: proactor.ErrClosed, end: func(t *testing.T, d *Descriptor) { must(t, d.Loop.Loops.Close()) }},
		"shutdown": {ctx: background, want: proactor.ErrClosed, end: func(_ *testing.T, d *Descriptor) { d.Loop.Loops.refuse() }},
	} {
		t.Run(name, func(t *testing.T) {
			d, peer := ringConn(t)
			send(t, peer, "abcd")
			_, err := d.Receive(background, make([]byte, 2))
			must(t, err)
			if test.end != nil {
				test.end(t, d)
			}
			if n, err := d.Send(test.ctx, new(FairLock), []byte("x")); n != 0 || !errors.Is(err, test.want) {
				t.Errorf("sent %d: %v, want %v", n, err, test.want)
			}
			if n, err := d.Receive(test.ctx, make([]byte, 2)); n != 0 || !errors.Is(err, test.want) {
				t.Errorf("received %d: %v, want %v", n, err, test.want)
			}
		})
	}
}

// A transfer does not go past one of its direction that the ring has.
func TestBesideComesAfterTheRing(t *testing.T) {
	d, peer := ringConn(t)
	send(t, peer, "ab")
	_, err := d.Receive(background, make([]byte, 2)) // the next one is attempted
	must(t, err)
	buffer := make([]byte, 1)
	w, err := d.Start(background, Reading, func(w *Waiter) error { return w.Proactor.Recv(&w.C, d.FD, buffer, 0, Deliver) })
	must(t, err)
	w.Proactor.Flush()
	if _, err := d.receiveBeside(background, make([]byte, 1)); err != errByRequest {
		t.Errorf("got %v, want that the ring makes the call", err)
	}
	send(t, peer, "c")
	n, err := d.Finish(w, Reading, w.Wait(background))
	must(t, err)
	if string(buffer[:n]) != "c" {
		t.Errorf("got %q", buffer[:n])
	}
}

// What there is no room for is the ring's, and a Shutdown waits for it.
func TestSendBesideGoesOn(t *testing.T) {
	d, peer := ringConn(t)
	s := d.Loop.Loops
	must(t, unix.SetsockoptInt(d.FD, unix.SOL_SOCKET, unix.SO_SNDBUF, 4096))
	p := make([]byte, besideUnit*(besideMax-2))
	ended := make(chan error)
	go func() {
		n, err := d.Send(background, new(FairLock), p)
		if err == nil && n != len(p) {
			t.Errorf("sent %d of %d", n, len(p))
		}
		ended <- err
	}()
	testutil.Eventually(t, patience, func() bool { return s.admitted.calls.Load() == 1 && s.Stats().InFlight == 1 }, "the rest waits")
	stopped := make(chan error)
	go func() {
		_, err := s.Shutdown(background)
		stopped <- err
	}()
	testutil.Eventually(t, patience, s.refusing.Load, "a shutdown")
	drain(t, peer, len(p))
	must(t, <-ended)
	must(t, <-stopped)
	if n := s.admitted.calls.Load(); n != 0 {
		t.Errorf("%d calls are admitted", n)
	}
	var sum uint64
	for _, k := range s.Kinds() {
		if k.Op == "send" {
			sum += k.Bytes
		}
	}
	if sum != uint64(len(p)) {
		t.Errorf("counted %d bytes of %d", sum, len(p))
	}
}
