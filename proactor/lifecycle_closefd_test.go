//go:build unix

package proactor

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// onFD are the subjects whose descriptor can be closed under them.
func onFD(s *subject) bool {
	switch s.name {
	case "timeout", "event", "nop", "openat", "statx", "socket":
		return false
	}
	return true
}

func blockingOnFD(s *subject) bool { return s.blocks && onFD(s) }

// closeFD has the proactor close the exchange's descriptor.
func (x *exchange) closeFD() *flown {
	x.Helper()
	testutil.Disown(x, x.fd)
	return x.closeAgain()
}

func (x *exchange) closeAgain() *flown {
	x.Helper()
	return x.fly(func(c *Completion, callback Callback) error { return x.p.CloseFD(c, x.fd, callback) })
}

// closed waits for a close and checks that it was one: the number is free, the
// peer sees the end, and the next file with the number is not touched.
func (x *exchange) closed(f *flown) {
	x.Helper()
	if r := f.land(); r.Err != nil {
		x.Errorf("close: %v", r.Err)
	}
	fd, peer := testutil.SocketPair(x)
	if fd != x.fd && peer != x.fd {
		x.Errorf("the number %d is not free: a socket pair got %d and %d", x.fd, fd, peer)
	}
	x.bothers(fd, peer)
	x.bothers(peer, fd)
	if x.peer != 0 {
		x.seesEnd()
	}
}

// bothers checks that nobody else reads what from sends to to.
func (x *exchange) bothers(from, to int) {
	x.Helper()
	const n = 5
	for i := range n {
		writeAll(x, from, []byte{byte(i)})
		x.tick()
	}
	if got := readThere(x, to); !bytes.Equal(got, []byte{0, 1, 2, 3, 4}) {
		x.Errorf("a stranger took of 5 bytes all but %v", got)
	}
}

// seesEnd waits at the peer for the end of the stream, past what was sent.
func (x *exchange) seesEnd() {
	x.Helper()
	x.until("the end of the stream at the peer", func() bool { return ready(x, x.peer, unix.POLLIN) != 0 })
	if ready(x, x.peer, 0) == unix.POLLERR {
		return // the writing end of a pipe nobody reads
	}
	for buf := make([]byte, 64); ; {
		switch n, err := unix.Read(x.peer, buf); {
		case err == unix.EINTR || n > 0:
		case err != nil && err != unix.ECONNRESET: // bytes were left unread
			x.Fatalf("read at the peer: %v", err)
		default:
			return
		}
	}
}

func TestCloseFDBeforeTheLoopLooked(t *testing.T) {
	overSubjects(t, onFD, func(t *testing.T, s *subject) {
		x := newExchange(newRig(t, Config{}), s).start()
		closing := x.closeFD()
		x.wantClosed(x.land())
		x.closed(closing)
	})
}

func TestCloseFDWithItQueued(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		overSubjects(t, onFD, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			release := x.occupy()
			x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(queued)
			closing := x.closeFD()
			x.wantClosed(x.land())
			x.closed(closing) // past what is in flight, which may never end
			release()
		})
	})
}

func TestCloseFDWithItInFlight(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, blockingOnFD, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(inFlight)
			closing := x.closeFD()
			r := x.land()
			x.wantClosed(r)
			x.unwritten(r.N)
			x.closed(closing)
			x.lateWrite()
		})
	})
}

// lateWrite has the peer write although the descriptor is gone, and checks the
// buffer at the end.
func (x *exchange) lateWrite() {
	x.Helper()
	buf := x.buf
	testutil.Poison(buf)
	if x.peer != 0 {
		_, _ = unix.Write(x.peer, payload) // EPIPE, where it may raise no signal
	}
	x.Cleanup(func() { testutil.CheckPoison(x.TB, buf) })
}

func TestCloseFDWithItCompleting(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, onFD, func(t *testing.T, s *subject) {
			for range rounds(3) {
				t.Run("", func(t *testing.T) {
					x := newExchange(newRig(t, config), s)
					x.start(func(c *Completion) { c.SetTimeout(time.Hour) })
					if s.blocks {
						x.reach(inFlight)
					} else {
						x.submitOnly()
					}
					x.finish()
					closing := x.closeFD()
					if r := x.land(); r.Err != nil {
						x.wantClosed(r)
					} else if strings.HasPrefix(s.name, "accept") {
						closeNumber(t, r.N)
					}
					x.closed(closing)
				})
			}
		})
	})
}

// Many operations on one descriptor, half of them in line behind the others.
func TestCloseFDStopsAllOfThem(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 10
		r := newRig(t, config)
		fd, peer := testutil.SocketPair(t)
		var all []*flown
		for range 20 {
			all = append(all, r.fly(func(c *Completion, callback Callback) error {
				return r.p.RecvWithTimeout(c, fd, make([]byte, 8), 0, time.Hour, callback)
			}))
		}
		for _, f := range all[:10] {
			f.reach(inFlight)
		}
		testutil.Disown(t, fd)
		closing := r.fly(func(c *Completion, callback Callback) error { return r.p.CloseFD(c, fd, callback) })
		for _, f := range all {
			r.wantClosed(f.land())
		}
		x := &exchange{rig: r, operation: &operation{fd: fd, peer: peer}}
		x.closed(closing)
	})
}

// Of two closes at once one closes, and the other is told that it is closed.
func TestCloseFDTwice(t *testing.T) {
	overSubjects(t, blockingOnFD, func(t *testing.T, s *subject) {
		for name, between := range map[string]func(x *exchange){
			"at once":  func(*exchange) {},
			"stopping": func(x *exchange) { x.submitOnly() },
		} {
			t.Run(name, func(t *testing.T) {
				x := newExchange(newRig(t, Config{}), s).start()
				x.reach(inFlight)
				first := x.closeFD()
				between(x)
				second := x.closeAgain()
				x.wantClosed(x.land())
				x.wantClosed(second.land())
				x.closed(first)
			})
		}
	})
}

func TestCloseFDOfWhatIsNotOpen(t *testing.T) {
	r := newRig(t, Config{})
	fd, _ := testutil.SocketPair(t)
	testutil.Close(t, fd)
	for range 2 { // the number is not spoilt for the next close
		f := r.fly(func(c *Completion, callback Callback) error { return r.p.CloseFD(c, fd, callback) })
		if got := f.land(); !errors.Is(got.Err, unix.EBADF) {
			t.Errorf("close: %v, want EBADF", got.Err)
		}
	}
}

// What is submitted while the close waits for an operation to stop is refused;
// nothing is started on the number in between.
func TestCloseFDRefusesWhatComesMeanwhile(t *testing.T) {
	overSubjects(t, blockingOnFD, func(t *testing.T, s *subject) {
		r := newRig(t, Config{})
		x := newExchange(r, s).start()
		x.reach(inFlight)
		closing := x.closeFD()
		late := r.fly(func(c *Completion, callback Callback) error { return x.submit(r.p, c, callback) })
		r.submitOnly()
		later := r.fly(func(c *Completion, callback Callback) error { return x.submit(r.p, c, callback) })
		x.wantClosed(x.land())
		x.wantClosed(late.land())
		x.wantClosed(later.land())
		x.closed(closing)
	})
}

// A close cannot be stopped: nobody else would close the descriptor.
func TestCloseFDCannotBeCanceled(t *testing.T) {
	for i := range stoppers {
		how := &stoppers[i]
		t.Run(how.name, func(t *testing.T) {
			for name, between := range map[string]func(x *exchange){
				"before the loop looked": func(*exchange) {},
				"waiting":                func(x *exchange) { x.p.collect() },
				"in flight":              func(x *exchange) { x.submitOnly() },
			} {
				t.Run(name, func(t *testing.T) {
					r := newRig(t, Config{})
					x := newExchange(r, &subjects[3]).start()
					x.reach(inFlight)
					closing := x.closeFD()
					between(x)
					answer := how.ask(r, closing.c)
					r.p.SetDeadline(closing.c, past())
					x.wantClosed(x.land())
					x.closed(closing)
					wantAnswer(answer, ErrAlreadyInProgress, ErrNotFound)
				})
			}
		})
	}
}

// Without an operation to wait for, the close is in flight at once. An operation that
// comes for the number then waits for the next file that has it: here, none.
func TestCloseFDHoldsWhatComesWhileItIsInFlight(t *testing.T) {
	overStoppers(t, blockingOnFD, func(t *testing.T, s *subject, how *stopper) {
		r := newRig(t, Config{})
		x := newExchange(r, s)
		closing := x.closeFD()
		r.submitOnly()
		closing.isIn(inFlight)
		submit := func(c *Completion, callback Callback) error { return x.submit(r.p, c, callback) }
		held, stopped, late := r.fly(submit), r.fly(submit), r.fly(submit)
		r.p.SetDeadline(late.c, past())
		r.p.collect()
		held.isIn(waiting)
		answer := how.ask(r, stopped.c)
		r.p.collect()
		r.p.expire()
		r.wantCanceled(stopped.land())
		r.wantTimedOut(late.land())
		wantAnswer(answer, nil)
		if got := held.land(); !errors.Is(got.Err, unix.EBADF) && !(s.name == "poll" && got.N == unix.POLLNVAL) {
			t.Errorf("got %d, %v; want EBADF", got.N, got.Err)
		}
		if got := closing.land(); got.Err != nil {
			t.Errorf("close: %v", got.Err)
		}
	})
}

func (f *flown) isIn(state uint32) {
	f.rig.Helper()
	if got := f.c.state.Load(); got != state {
		f.rig.Fatalf("in state %d, want %d", got, state)
	}
}
