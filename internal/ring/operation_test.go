//go:build linux

package ring

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// The tests below pretend results of the kernel that it gives at rare times
// only. Once an operation is submitted again, the kernel really has it.

// ECANCELED and EINTR that nobody asked for do not reach the loop: the operation
// is submitted again and completes.
func TestOperationStoppedUnaskedIsSubmittedAgain(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ECANCELED, unix.EINTR} {
		for name, limit := range map[string]bool{"": false, "limited": true} {
			t.Run(errno.Error()+name, func(t *testing.T) {
				fd, peer := testutil.SocketPair(t)
				s := openSeam(t, Config{})
				r := s.recv(fd, make([]byte, 8))
				if limit {
					limited(r, time.Hour)
				}
				s.boarded(r)
				s.pretend(userData(r.Token), neg(errno))
				if limit {
					s.quietly(r)
					s.pretend(userData(r.Token)|companion, stopped)
				}
				s.hasNoEvent(r)
				mustWrite(t, peer, "data")
				wantRes(t, "recv", s.result(r), 4)
			})
		}
	}
}

// quietly checks that r has no event yet, without entering the kernel.
func (s *seam) quietly(r *backend.Request) {
	s.Helper()
	if s.given[r.Token] {
		s.Fatalf("ended with %d, one result of two", s.events[r.Token].Result)
	}
}

// Stopped because it was asked for, by Cancel, it ends as ECANCELED, also when a
// worker was interrupted, and when it would have had to be tried again.
func TestOperationStoppedAsAsked(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ECANCELED, unix.EINTR, unix.EAGAIN} {
		s := openSeam(t, Config{})
		fd, _ := testutil.SocketPair(t)
		r := s.boarded(s.recv(fd, make([]byte, 8)))
		s.ask(r.Token, backend.TokenNone)
		s.pretend(userData(r.Token), neg(errno))
		wantRes(t, "recv", s.result(r), stopped)
	}
}

// Asked to stop while it waits to be submitted again, it is not submitted.
func TestOperationStoppedOutsideTheKernel(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	r := s.boarded(s.recv(fd, make([]byte, 8)))
	s.pretend(userData(r.Token), stopped)
	answer := s.token()
	s.ask(r.Token, answer)
	wantRes(t, "recv", s.result(r), stopped)
	wantRes(t, "the answer", int32(s.event(answer).Result), 0)
}

// What is stopped all the time is given up, rather than tried for ever.
func TestOperationStoppedForEver(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.request(backend.Request{Op: backend.OpRecv, FD: -1, Buf: make([]byte, 1)})
	s.boarded(r)
	for n := 0; !s.given[r.Token]; n++ {
		if n > triesMax {
			t.Fatalf("tried %d times", n)
		}
		s.lookup(r.Token).left = 1 // as after it was submitted again
		s.pretend(userData(r.Token), stopped)
		s.again = s.again[:0]
	}
	wantRes(t, "recv", s.result(r), stopped)
}

// EAGAIN means to wait until the descriptor is ready, and then to try again.
func TestOperationWaitsOnEAGAIN(t *testing.T) {
	s := openSeam(t, Config{})
	fd, peer := testutil.SocketPair(t)
	for name, r := range map[string]*backend.Request{
		"recv":    s.recv(fd, make([]byte, 8)),
		"read":    s.request(backend.Request{Op: backend.OpRead, FD: fd, Buf: make([]byte, 8), Offset: -1}),
		"recvmsg": s.request(backend.Request{Op: backend.OpRecvMsg, FD: fd, Msg: &backend.Message{Buffers: [][]byte{make([]byte, 8)}}}),
	} {
		s.boarded(r)
		s.pretend(userData(r.Token), neg(unix.EAGAIN))
		if f := s.lookup(r.Token); f.stage != stagePoll || f.state != outside {
			t.Errorf("%s: in stage %d, state %d; want it outside the kernel, to poll", name, f.stage, f.state)
		}
		s.hasNoEvent(r)
		mustWrite(t, peer, "data")
		wantRes(t, name, s.result(r), 4)
	}
	s.submit(s.request(backend.Request{Op: backend.OpNop, FD: -1}))
}

// A poll goes on if what woke it has been taken by another, and can be stopped then.
func TestPollEndsWhenReady(t *testing.T) {
	s := openSeam(t, Config{})
	fd, peer := testutil.SocketPair(t)
	poll := func() *backend.Request {
		return s.request(backend.Request{Op: backend.OpPoll, FD: fd, Flags: unix.POLLIN})
	}
	for name, r := range map[string]*backend.Request{"poll": poll(), "poll with a limit": limited(poll(), time.Minute)} {
		s.submit(r)
		for range 3 {
			s.hasNoEvent(r)
			mustWrite(t, peer, "x")
			if n, err := unix.Read(fd, make([]byte, 8)); n != 1 || err != nil {
				t.Fatalf("read %d, %v", n, err)
			}
		}
		s.hasNoEvent(r)
		mustWrite(t, peer, "xy")
		wantRes(t, name, s.result(r), unix.POLLIN)
		if n, err := unix.Read(fd, make([]byte, 8)); n != 2 || err != nil {
			t.Fatalf("read %d, %v", n, err)
		}
	}
	r := poll()
	s.submit(r)
	s.hasNoEvent(r)
	mustWrite(t, peer, "x")
	_, _ = unix.Read(fd, make([]byte, 8))
	s.ask(r.Token, backend.TokenNone)
	wantRes(t, "poll that was stopped", s.result(r), stopped)
}

// EAGAIN is the answer of who asked not to wait.
func TestOperationDoesNotWaitOnEAGAINAskedFor(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	r := s.recv(fd, make([]byte, 8))
	r.Flags = unix.MSG_DONTWAIT
	s.submit(r)
	wantRes(t, "recv", s.result(r), neg(unix.EAGAIN))
}

func TestOperationCanceledWhileItPolls(t *testing.T) {
	for _, limit := range []bool{false, true} {
		s := openSeam(t, Config{})
		fd, peer := testutil.SocketPair(t)
		r := s.recv(fd, make([]byte, 8))
		if limit {
			limited(r, time.Hour)
		}
		s.boarded(r)
		s.pretend(userData(r.Token), neg(unix.EAGAIN))
		if limit {
			s.pretend(userData(r.Token)|companion, stopped)
		}
		s.hasNoEvent(r)
		answer := s.token()
		s.ask(r.Token, answer)
		wantRes(t, "recv", s.result(r), stopped)
		wantRes(t, "the answer", int32(s.event(answer).Result), 0)
		mustWrite(t, peer, "data") // is still there
		got := make([]byte, 8)
		if n, err := unix.Read(fd, got); n != 4 || err != nil {
			t.Errorf("read: %d, %v", n, err)
		}
	}
}

// The limit goes on to count while the operation polls.
func TestOperationTimesOutWhileItPolls(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	r := limited(s.recv(fd, make([]byte, 8)), 5*time.Millisecond)
	s.boarded(r)
	s.pretend(userData(r.Token), neg(unix.EAGAIN))
	s.pretend(userData(r.Token)|companion, stopped)
	wantRes(t, "recv", s.result(r), stopped)
	if s.events[r.Token].Flags != backend.TimedOut {
		t.Error("not told as a timeout")
	}
}

// close(2): the descriptor is gone, and closing again could hit a stranger's.
func TestOperationOfACloseInterruptedIsClosed(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.boarded(s.request(backend.Request{Op: backend.OpClose, FD: 1 << 20, Stream: true}))
	s.pretend(userData(r.Token), neg(unix.EINTR))
	wantRes(t, "close", s.result(r), 0)
	if len(s.again) != 0 {
		t.Error("the close is submitted again")
	}
}

// A close that was stopped before it was begun has yet to be done.
func TestOperationOfACloseStoppedIsSubmittedAgain(t *testing.T) {
	s := openSeam(t, Config{})
	fd, _ := testutil.SocketPair(t)
	testutil.Disown(t, fd)
	r := s.boarded(s.request(backend.Request{Op: backend.OpClose, FD: fd}))
	s.pretend(userData(r.Token), stopped)
	wantRes(t, "close", s.result(r), 0)
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
		t.Errorf("the descriptor is open: %v", err)
	}
}

// The results of a linked pair come in either order; the main one tells the
// outcome, and the event comes after both.
func TestOperationOfALinkedPair(t *testing.T) {
	const timedOut, none = backend.TimedOut, backend.EventFlags(0)
	for _, c := range []struct {
		name            string
		main, companion int32
		result          int32
		flags           backend.EventFlags
	}{
		{"in time", 4, stopped, 4, none},
		{"in time, the end", 0, stopped, 0, none},
		{"failed in time", neg(unix.ECONNRESET), stopped, neg(unix.ECONNRESET), none},
		{"stopped by the limit", stopped, neg(unix.ETIME), stopped, timedOut},
		{"a worker stopped by the limit", neg(unix.EINTR), neg(unix.ETIME), stopped, timedOut},
		{"a worker interrupted", neg(unix.EINTR), running, stopped, timedOut},
		{"stopped, and the limit did not find it", stopped, notThere, stopped, timedOut},
		{"a part by the limit", 4, neg(unix.ETIME), 4, timedOut},
		{"done while the limit ended", 4, notThere, 4, timedOut},
		{"would wait at the limit", neg(unix.EAGAIN), neg(unix.ETIME), stopped, timedOut},
		{"refused", neg(unix.EBADF), stopped, neg(unix.EBADF), none},
	} {
		for _, mainFirst := range []bool{true, false} {
			t.Run(c.name+map[bool]string{true: ", main first", false: ", limit first"}[mainFirst], func(t *testing.T) {
				s := openSeam(t, Config{})
				fd, _ := testutil.SocketPair(t)
				r := s.boarded(limited(s.recv(fd, make([]byte, 8)), time.Hour))
				if mainFirst {
					s.pretend(userData(r.Token), c.main)
					s.quietly(r)
					s.pretend(userData(r.Token)|companion, c.companion)
				} else {
					s.pretend(userData(r.Token)|companion, c.companion)
					s.quietly(r)
					s.pretend(userData(r.Token), c.main)
				}
				if !s.given[r.Token] {
					t.Fatal("no event after both results")
				}
				if e := s.events[r.Token]; int32(e.Result) != c.result || e.Flags != c.flags {
					t.Errorf("event %d, flags %d; want %d, %d", e.Result, e.Flags, c.result, c.flags)
				}
				s.submit() // what is left over has no effect
				s.reap()
			})
		}
	}
}

// An orphan runs without its limit, because the kernel ran out of memory. It is
// stopped, nobody hears of that, and it starts again with the time left.
func TestOperationOfAnOrphanGetsItsLimitBack(t *testing.T) {
	for _, full := range []bool{false, true} {
		s := openSeam(t, Config{Entries: 1})
		fd, _ := testutil.SocketPair(t)
		r := limited(s.recv(fd, make([]byte, 8)), 5*time.Millisecond)
		s.submitOrphan(r)
		if full {
			for s.ring.Next() != nil { // nops
			}
		}
		s.pretend(userData(r.Token)|companion, neg(unix.EINVAL))
		s.quietly(r)
		wantRes(t, "recv", s.result(r), stopped)
		if s.events[r.Token].Flags != backend.TimedOut {
			t.Error("not told as a timeout")
		}
	}
}

// submitOrphan gives the kernel r without its limit, of which the operation knows
// nothing.
func (s *seam) submitOrphan(r *backend.Request) {
	s.Helper()
	r.Limited = false
	s.submit(r)
	r.Limited = true
	f := s.lookup(r.Token)
	f.left, f.hold().deadline = 2, time.Now().Add(r.Limit)
}

// An operation that the end of its limit did not find is not left to wait for
// ever (liburing#1208), nor one whose limit was forgotten with its thread.
func TestOperationThatItsLimitMissedIsStopped(t *testing.T) {
	for _, companionResult := range []int32{notThere, running, stopped} {
		s := openSeam(t, Config{})
		fd, _ := testutil.SocketPair(t)
		r := limited(s.recv(fd, make([]byte, 8)), time.Microsecond)
		s.submitOrphan(r)
		time.Sleep(time.Until(s.lookup(r.Token).args.deadline))
		s.pretend(userData(r.Token)|companion, companionResult)
		wantRes(t, "recv", s.result(r), stopped)
		if s.events[r.Token].Flags != backend.TimedOut {
			t.Errorf("after %d: not told as a timeout", companionResult)
		}
	}
}

// Nor is one that a cancel missed.
func TestOperationThatACancelMissedIsStopped(t *testing.T) {
	for _, miss := range []int32{notThere, running} {
		for _, answered := range []bool{false, true} {
			s := openSeam(t, Config{})
			fd, _ := testutil.SocketPair(t)
			r := s.recv(fd, make([]byte, 8))
			s.submit(r)
			s.hasNoEvent(r)
			s.lookup(r.Token).ask() // and the kernel did not find it
			if answered {
				answer := s.token()
				s.beginAnswer(answer, r.Token)
				s.pretend(userData(answer), miss)
				wantRes(t, "the answer", int32(s.event(answer).Result), miss)
			} else {
				s.pretend(userData(r.Token)|cancellation, miss)
			}
			wantRes(t, "recv", s.result(r), stopped)
		}
	}
}

// What cannot be stopped is asked again with pauses, and not for ever without.
func TestOperationThatCannotBeStoppedIsAskedWithPauses(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.boarded(s.request(backend.Request{Op: backend.OpNop, FD: -1}))
	f := s.lookup(r.Token)
	f.ask()
	for i := range 20 {
		want := cancelRetryPause << min(i, cancelRetryDoublings)
		before := time.Now()
		s.pretend(userData(r.Token)|cancellation, running)
		after, at := time.Now(), s.askAt()
		if at.Before(before.Add(want)) || at.After(after.Add(want)) {
			t.Errorf("pause %d is %v to %v, want %v", i, at.Sub(after), at.Sub(before), want)
		}
		s.cancelRetries = s.cancelRetries[:0]
	}
	if last := cancelRetryPause << cancelRetryDoublings; last < 50*time.Millisecond || last > time.Second {
		t.Errorf("a pause of %v in the end", last)
	}
	s.pretend(userData(r.Token), 0)
	wantRes(t, "nop", s.result(r), 0)
}

// A connect in the background is not begun again: its outcome shows when the
// socket is writable.
func TestOperationOfAConnectGoesOnInTheBackground(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ECANCELED, unix.EINTR, unix.EINPROGRESS} {
		t.Run(errno.Error(), func(t *testing.T) { connectsAfter(t, errno, connectInBackground) })
	}
}

// A connect that was stopped before it was begun has not succeeded, although the
// socket is writable and has no error.
func TestOperationOfAConnectThatWasNotBegun(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ECANCELED, unix.EINTR} {
		t.Run(errno.Error(), func(t *testing.T) { connectsAfter(t, errno, unconnected) })
	}
}

// connectsAfter wants a connect to succeed although its first result is errno. prepare returns a socket, and
// the address of a listener at port.
func connectsAfter(t *testing.T, errno unix.Errno, prepare func(t testing.TB, port int) (fd int, to []byte)) {
	_, addr := testutil.Listener(t)
	s := openSeam(t, Config{})
	fd, to := prepare(t, addr.Port)
	r := s.boarded(s.request(backend.Request{Op: backend.OpConnect, FD: fd, Name: to}))
	s.pretend(userData(r.Token), neg(errno))
	wantRes(t, "connect", s.result(r), 0)
	if _, err := unix.Getpeername(fd); err != nil {
		t.Errorf("connected to nobody: %v", err)
	}
}

// The error of a connect in the background is the socket's.
func TestOperationOfAConnectThatFailsInTheBackground(t *testing.T) {
	listener, addr := testutil.Listener(t)
	if err := unix.Listen(listener, 0); err != nil {
		t.Fatal(err)
	}
	for range 3 { // fill the backlog
		connectInBackground(t, addr.Port)
	}
	s := openSeam(t, Config{})
	fd, to := connectInBackground(t, addr.Port)
	r := s.boarded(s.request(backend.Request{Op: backend.OpConnect, FD: fd, Name: to}))
	s.pretend(userData(r.Token), neg(unix.EINTR))
	s.hasNoEvent(r)
	testutil.Close(t, listener) // the next attempt, within a second, is refused
	wantRes(t, "connect", s.result(r), neg(unix.ECONNREFUSED))
}

func unconnected(t testing.TB, port int) (fd int, to []byte) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	return fd, []byte{unix.AF_INET, 0, byte(port >> 8), byte(port), 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}
}

func connectInBackground(t testing.TB, port int) (fd int, to []byte) {
	t.Helper()
	fd, to = unconnected(t, port)
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	err := unix.Connect(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}})
	if err != nil && err != unix.EINPROGRESS {
		t.Fatal(err)
	}
	return fd, to
}
