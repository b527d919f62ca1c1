//go:build unix

package proactor

import (
	"errors"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

func nopOn(r *rig) func(*Completion, Callback) error { return r.p.Nop }

// A backend without room drops nothing and changes no order.
func TestFaultOfABackendWithoutRoom(t *testing.T) {
	r, s := newScripted(t, Config{})
	s.room = 0
	var all []*flown
	for i := range 10 {
		all = append(all, r.fly(func(c *Completion, callback Callback) error {
			return r.p.Recv(c, 100+i, make([]byte, 1), 0, callback)
		}))
	}
	for round := range 20 {
		s.room = round % 2
		r.tick()
	}
	for i, taken := range s.taken {
		if taken.FD != 100+i {
			t.Errorf("number %d to be taken is on %d", i, taken.FD)
		}
		s.end(i, 1)
	}
	for _, f := range all {
		if got := f.land(); got.N != 1 || got.Err != nil {
			t.Errorf("got %d, %v", got.N, got.Err)
		}
	}
	r.empty()
}

// A cancel that the backend has no room for is asked again until it has, and
// keeps the loop from waiting.
func TestFaultOfABackendWithoutRoomForCancels(t *testing.T) {
	for i := range stoppers {
		how := &stoppers[i]
		t.Run(how.name, func(t *testing.T) {
			r, s := newScripted(t, Config{})
			f := r.fly(func(c *Completion, callback Callback) error {
				return r.p.Recv(c, 5, make([]byte, 1), 0, callback)
			})
			r.tick()
			s.cancelRoom = 0
			answer := how.ask(r, f.c)
			if err := r.p.RunFor(time.Millisecond); err != nil {
				t.Fatal(err)
			}
			if s.refused == 0 || s.waits != 0 {
				t.Errorf("refused %d times, waited %d times; want it to ask and not to wait", s.refused, s.waits)
			}
			s.cancelRoom = -1
			r.tick()
			s.stop()
			r.wantCanceled(f.land())
			wantAnswer(answer, nil)
			r.empty()
		})
	}
}

// The target ended while its cancel waited for room: there is nothing to find,
// and the operation that has the slot since is not hit.
func TestFaultOfACancelThatTheTargetOvertakes(t *testing.T) {
	r, s := newScripted(t, Config{})
	f := r.fly(nopOn(r))
	r.tick()
	s.cancelRoom = 0
	answer := r.fly(func(c *Completion, callback Callback) error { return r.p.Cancel(c, f.c, callback) })
	r.p.RequestCancel(f.c)
	r.tick()
	s.end(0, 0)
	if got := f.land(); got.Err != nil {
		t.Errorf("ended with %v", got.Err)
	}
	next := r.fly(nopOn(r)) // takes the slot
	s.cancelRoom = -1
	r.tick()
	wantAnswer(answer, ErrNotFound)
	if len(s.canceled) != 0 {
		t.Errorf("canceled %v", s.canceled)
	}
	s.end(1, 0)
	if got := next.land(); got.Err != nil {
		t.Errorf("ended with %v", got.Err)
	}
	r.empty()
}

// Events of the past, or of nobody, are no results.
func TestFaultOfAnUnknownEvent(t *testing.T) {
	r, s := newScripted(t, Config{})
	f := r.fly(nopOn(r))
	r.tick()
	token := s.taken[0].Token
	s.post(backend.Token{Index: token.Index, Generation: token.Generation + 1}, 1)
	s.post(backend.Token{Index: 1 << 30, Generation: 1}, 1)
	s.post(backend.TokenNone, 1)
	f.still()
	s.post(token, 0)
	s.post(token, -int(syscall.EIO))
	if got := f.land(); got.Err != nil {
		t.Errorf("ended with %v", got.Err)
	}
	r.tick()
	if f.calls != 1 {
		t.Errorf("%d callbacks", f.calls)
	}
	if got := r.p.counters.stale; got != 4 {
		t.Errorf("%d stray events counted, want 4", got)
	}
}

// A send that gets out in parts goes on where it was, and says how far it got.
func TestFaultOfPartialSends(t *testing.T) {
	const whole = 100
	ends := map[string]struct {
		end  func(r *rig, s *script, f *flown)
		n    int
		want func(error) bool
	}{
		"completes": {func(_ *rig, s *script, _ *flown) { s.end(2, 30) }, whole, func(err error) bool { return err == nil }},
		"fails": {func(_ *rig, s *script, _ *flown) { s.end(2, -int(syscall.EPIPE)) }, 70,
			func(err error) bool { return errors.Is(err, syscall.EPIPE) }},
		"is stopped": {func(r *rig, s *script, f *flown) { r.p.RequestCancel(f.c); r.tick(); s.stop() }, 70, isCanceled},
		"is stopped by a part": {func(r *rig, s *script, f *flown) {
			r.p.RequestCancel(f.c)
			r.tick()
			s.end(2, 20)
		}, 90, isCanceled},
		"is too late to be stopped": {func(r *rig, s *script, f *flown) {
			r.p.RequestCancel(f.c)
			r.tick()
			s.end(2, 30)
		}, whole, func(err error) bool { return err == nil }},
		"is stopped between parts": {func(r *rig, s *script, f *flown) {
			s.room = 0
			s.end(2, 10) // the rest is in line now
			r.tick()
			r.p.RequestCancel(f.c)
		}, 80, isCanceled},
		"times out in a part": {func(_ *rig, s *script, _ *flown) { s.post(s.taken[2].Token, 10, backend.TimedOut) }, 80, isTimedOut},
		"makes no progress":   {func(_ *rig, s *script, _ *flown) { s.end(2, 0) }, 70, func(err error) bool { return err != nil }},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			r, s := newScripted(t, Config{})
			buf := make([]byte, whole)
			f := r.fly(func(c *Completion, callback Callback) error { return r.p.Send(c, 5, buf, 0, callback) })
			s.part(r, 1)
			s.end(0, 30)
			s.part(r, 2)
			s.end(1, 40)
			s.part(r, 3)
			s.wantSubmitted(t, backend.OpSend, backend.OpSend, backend.OpSend)
			for i, want := range []int{whole, 70, 30} {
				if got := s.taken[i].Buf; len(got) != want || &got[0] != &buf[whole-want] {
					t.Errorf("part %d is %d bytes, or not where it should be; want %d", i, len(got), want)
				}
			}
			end.end(r, s, f)
			if got := f.land(); got.N != end.n || !end.want(got.Err) {
				t.Errorf("got %d, %v; want %d", got.N, got.Err, end.n)
			}
			r.empty()
		})
	}
}

// The time of a linked timeout goes on to count over the parts.
func TestFaultOfPartialSendsWithALimit(t *testing.T) {
	r, s := newScripted(t, Config{LinkedTimeouts: true})
	f := r.fly(func(c *Completion, callback Callback) error {
		return r.p.SendWithTimeout(c, 5, make([]byte, 100), 0, time.Hour, callback)
	})
	for i := range 3 {
		s.part(r, i+1)
		if limit := s.taken[i].Limit; !s.taken[i].Limited || limit > time.Hour || limit < time.Minute {
			t.Errorf("part %d has a limit of %v", i, limit)
		}
		if i > 0 && s.taken[i].Limit > s.taken[i-1].Limit {
			t.Errorf("part %d has more time than the one before", i)
		}
		s.end(i, 10)
	}
	s.part(r, 4)
	r.p.SetDeadline(f.c, time.Time{}) // taken away: not from this part, but from the next
	r.tick()
	s.end(3, 10)
	s.part(r, 5)
	if s.taken[4].Limited {
		t.Errorf("the part after has a limit of %v", s.taken[4].Limit)
	}
	s.end(4, 60)
	if got := f.land(); got.N != 100 || got.Err != nil {
		t.Errorf("got %d, %v", got.N, got.Err)
	}
	r.empty()
}

// The kernel gives out a number again when it has carried out the close of it,
// and the event of that may come later. Nobody's descriptor may be lost by it.
func TestFaultOfANumberGivenOutBeforeItsCloseIsTold(t *testing.T) {
	for name, abandoned := range map[string]bool{"to nobody": true, "to somebody": false} {
		t.Run(name, func(t *testing.T) {
			r, s := newScripted(t, Config{})
			closing := r.fly(func(c *Completion, callback Callback) error { return r.p.CloseFD(c, 7, callback) })
			accept := r.fly(func(c *Completion, callback Callback) error { return r.p.Accept(c, 5, 0, callback) })
			r.tick()
			s.wantSubmitted(t, backend.OpClose, backend.OpAccept)
			if abandoned {
				r.p.abandon(accept.c)
			}
			s.end(1, 7)
			got := accept.land()
			if abandoned {
				r.wantCanceled(got)
			} else {
				if got.N != 7 || got.Err != nil {
					t.Fatalf("accept: %d, %v", got.N, got.Err)
				}
				r.fly(func(c *Completion, callback Callback) error { return r.p.CloseFD(c, 7, callback) })
			}
			r.tick()
			s.wantSubmitted(t, backend.OpClose, backend.OpAccept, backend.OpClose)
			if s.taken[2].FD != 7 {
				t.Errorf("closed %d, want 7", s.taken[2].FD)
			}
			s.end(0, 0)
			s.end(2, 0)
			if got := closing.land(); got.Err != nil {
				t.Errorf("close: %v", got.Err)
			}
			r.until("the second close", func() bool { return r.p.inFlight.size == 0 })
			r.empty()
		})
	}
}

// A close stays in line until every operation on the descriptor has ended, each
// by its own event, whatever the cancels come to.
func TestFaultOfACloseWhoseOperationsAreSlow(t *testing.T) {
	r, s := newScripted(t, Config{})
	recv := func(c *Completion, callback Callback) error {
		return r.p.Recv(c, 5, make([]byte, 1), 0, callback)
	}
	first, second := r.fly(recv), r.fly(recv)
	r.tick()
	closing := r.fly(func(c *Completion, callback Callback) error { return r.p.CloseFD(c, 5, callback) })
	r.tick()
	s.end(0, 1) // too late to be stopped
	if got := first.land(); got.N != 1 || got.Err != nil {
		t.Errorf("got %d, %v; want the data", got.N, got.Err)
	}
	closing.still()
	s.wantSubmitted(t, backend.OpRecv, backend.OpRecv)
	s.end(1, -int(syscall.ECANCELED))
	r.wantClosed(second.land())
	r.tick()
	s.wantSubmitted(t, backend.OpRecv, backend.OpRecv, backend.OpClose)
	s.end(2, -int(syscall.EIO))
	if got := closing.land(); !errors.Is(got.Err, syscall.EIO) {
		t.Errorf("close: %v", got.Err)
	}
	r.empty()
}

// The operations of a backend that has failed end, and everybody is told why.
func TestFaultOfABackendThatFails(t *testing.T) {
	r, s := newScripted(t, Config{})
	inFlight, known := r.fly(nopOn(r)), r.fly(nopOn(r))
	r.tick()
	s.end(1, 0)
	timer := r.fly(func(c *Completion, callback Callback) error { return r.p.Timeout(c, time.Hour, callback) })
	late := r.fly(nopOn(r))
	broken := errors.New("the kernel is on fire")
	s.err = broken
	for range 2 {
		wantFailed(t, "tick", r.p.Tick(), broken)
	}
	wantFailed(t, "close", r.p.Close(), broken)
	for name, f := range map[string]*flown{"in flight": inFlight, "timer": timer, "in line": late} {
		if f.calls != 1 {
			t.Errorf("%s: called back %d times", name, f.calls)
		}
		wantFailed(t, name, f.r.Err, broken)
		if errors.Is(f.r.Err, net.ErrClosed) {
			t.Errorf("%s: nobody has closed anything: %v", name, f.r.Err)
		}
	}
	if known.calls != 1 || known.r.Err != nil {
		t.Errorf("what was complete before: %d times, %+v", known.calls, known.r)
	}
	if s.ends != 1 {
		t.Errorf("the backend was closed %d times", s.ends)
	}
	err := r.p.Nop(new(Completion), nil)
	wantFailed(t, "submission", err, broken)
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("submission: %v, want one that is net.ErrClosed", err)
	}
}

func wantFailed(t *testing.T, what string, err, cause error) {
	t.Helper()
	if !errors.Is(err, ErrBackendFailed) || !errors.Is(err, cause) {
		t.Errorf("%s: %v, want the backend's failure", what, err)
	}
}

// What was lent to a backend that has failed stays as it is, whatever the Completion
// is used for next.
func TestFaultOfABackendThatFailsPinsWhatItHas(t *testing.T) {
	r, s := newScripted(t, Config{})
	before := len(pinned.all)
	buf := make([]byte, 8)
	m := &Message{Buffers: [][]byte{make([]byte, 8)}, Control: make([]byte, 8)}
	recv := r.fly(func(c *Completion, callback Callback) error { return r.p.Recv(c, 3, buf, 0, callback) })
	msg := r.fly(func(c *Completion, callback Callback) error { return r.p.RecvMsg(c, 4, m, 0, callback) })
	r.tick()
	lent := msg.c.details
	s.err = errors.New("the kernel is on fire")
	_ = r.p.Tick()
	for _, f := range []*flown{recv, msg} {
		wantFailed(t, "operation", f.r.Err, s.err)
	}
	if lent.msg.Buffers == nil || msg.c.details == lent {
		t.Error("what the kernel was told of a message is used again")
	}
	kept := false
	for _, x := range pinned.all[before:] {
		b, ok := x.([]byte)
		kept = kept || ok && len(b) > 0 && &b[0] == &buf[0]
	}
	if !kept || !slices.Contains(pinned.all[before:], any(lent)) {
		t.Error("a buffer is not pinned")
	}
}

// A script that fails before the kernel has had anything.
type unsentScript struct{ *script }

func (unsentScript) Unsent(backend.Token) bool { return true }

// A descriptor is closed although the backend fails, where the backend cannot have
// closed it: the close is still in line, or never reached the kernel.
func TestFaultOfABackendThatFailsBeforeAClose(t *testing.T) {
	for name, taken := range map[string]bool{"in line": false, "taken": true} {
		t.Run(name, func(t *testing.T) {
			s := &script{room: -1, cancelRoom: -1}
			r := &rig{t, simulate(t, Config{}, unsentScript{s})}
			fd, _ := testutil.Pipe(t)
			testutil.Disown(t, fd)
			closing := r.fly(func(c *Completion, callback Callback) error { return r.p.CloseFD(c, fd, callback) })
			if taken {
				r.tick()
				s.wantSubmitted(t, backend.OpClose)
			}
			before := len(pinned.all)
			s.err = errors.New("the kernel is on fire")
			_ = r.p.Tick()
			if closing.calls != 1 || closing.r.Err != nil {
				t.Errorf("the close: %d times, %+v", closing.calls, closing.r)
			}
			if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
				t.Errorf("descriptor %d is open: %v", fd, err)
			}
			if n := len(pinned.all) - before; n != 0 {
				t.Errorf("%d pinned, of nothing that the kernel has", n)
			}
		})
	}
}
