//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"math"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The rules that let one source serve all systems, on events as any of them may
// send them. What needs a kernel is in the tests of the poller.

// Rule: EV_ADD|EV_ONESHOT each time with the same flags, EV_DELETE, and nothing
// else that some system lacks or treats differently.
func TestRuleChangesArePortable(t *testing.T) {
	const fd = 7
	for want := range both + 1 {
		for note := range both + 1 {
			w := watch{fd: fd, want: want, note: note}
			seen := side(0)
			for _, k := range w.appendChanges(nil) {
				s := sideOf(&k)
				if s == 0 || seen&s != 0 {
					t.Fatalf("want %b, note %b: %+v", want, note, k)
				}
				seen |= s
				wanted := change(fd, int(k.Filter), EV_DELETE)
				if w.watched()&s != 0 {
					wanted = change(fd, int(k.Filter), EV_ADD|EV_ONESHOT)
				}
				if k != wanted {
					t.Errorf("want %b, note %b: got change %+v, want %+v", want, note, k, wanted)
				}
			}
			if seen != w.watched()|note || seen&want != want {
				t.Errorf("want %b, note %b: changes of %b", want, note, seen)
			}
		}
	}
}

// Rule: the note of a connection has EV_CLEAR from the first to the last, and one that only tells
// of room to write has not.
func TestRuleWatchedChangesArePortable(t *testing.T) {
	const fd = 7
	for name, test := range map[string]struct {
		watch watch
		want  []Kevent
	}{
		"watched":        {watch{want: reading, note: reading}, nil},
		"waits for room": {watch{want: both, note: reading}, []Kevent{change(fd, EVFILT_WRITE, EV_ADD|EV_ONESHOT)}},
		"no longer":      {watch{want: reading, note: both}, []Kevent{change(fd, EVFILT_WRITE, EV_DELETE)}},
		"disarmed":       {watch{note: reading}, []Kevent{change(fd, EVFILT_READ, EV_DELETE)}},
	} {
		test.watch.fd, test.watch.edges = fd, true
		if got := test.watch.appendChanges(nil); !slices.Equal(got, test.want) {
			t.Errorf("%s: changes %+v, want %+v", name, got, test.want)
		}
	}
}

// Rule: no call may find the list of events too short for its changes.
func TestRuleRoomForEveryError(t *testing.T) {
	p := openPoller(t)
	for fd := range 2 * batchMax {
		mustArm(t, p, fd+1_000_000, true, true)
	}
	told := 0
	for told < 2*batchMax {
		for _, e := range waitEvents(t, p) {
			if !e.read || !e.write {
				t.Fatalf("told %+v of a closed descriptor", e)
			}
			told++
		}
	}
	quiet(t, p)
}

// Rule: a deadline is a timeout with a cap; EINTR and ETIMEDOUT are timeouts.
func TestRuleDeadline(t *testing.T) {
	p := openPoller(t)
	if p.until(time.Time{}) != nil {
		t.Error("no deadline: want no timeout")
	}
	far := time.Now().Add(math.MaxInt64)
	if got := p.until(far).Nano(); got != int64(waitMax) {
		t.Errorf("a far deadline: %d ns, want %d", got, int64(waitMax))
	}
	if got := p.until(time.Now().Add(-time.Hour)).Nano(); got != 0 {
		t.Errorf("a past deadline: %d ns, want 0", got)
	}
	time.AfterFunc(calm, p.Wake)
	if err := p.Wait(far); err != nil {
		t.Errorf("wait until a far deadline: %v", err)
	}
	for err, want := range map[error]bool{
		nil: false, unix.EINTR: true, unix.ETIMEDOUT: true, unix.EBADF: false, errClosed: false,
	} {
		if interrupted(err) != want {
			t.Errorf("interrupted(%v): want %t", err, want)
		}
	}
}

// armed returns a poller whose kernel has notes of a descriptor, with nothing
// ready.
func armed(t *testing.T, read, write bool) (p *Poller, fd int) {
	t.Helper()
	p = openPoller(t)
	fd, _ = testutil.SocketPair(t)
	fill(t, fd)
	mustArm(t, p, fd, read, write)
	quiet(t, p)
	return p, fd
}

// feed gives the poller an event of the test's making and returns what is told.
func feed(p *Poller, k Kevent) (told []event) {
	p.absorb(&k)
	p.report(func(fd int, read, write bool) { told = append(told, event{fd, read, write}) })
	return told
}

func failure(fd, filter int, errno unix.Errno) Kevent {
	k := change(fd, filter, EV_ERROR)
	k.Data = int64(errno)
	return k
}

// Rule: EV_EOF of one filter wakes the other side too.
func TestRuleEndWakesBothSides(t *testing.T) {
	for _, filter := range []int{EVFILT_READ, EVFILT_WRITE} {
		for _, asked := range []event{{read: true}, {write: true}, {read: true, write: true}} {
			p, fd := armed(t, asked.read, asked.write)
			wantTold(t, feed(p, change(fd, filter, EV_EOF)), event{fd, true, true})
			wantTold(t, feed(p, change(fd, filter, EV_EOF))) // once
		}
	}
}

// Rule: events that come for no reason do no harm.
func TestRuleSpuriousEvents(t *testing.T) {
	p, fd := armed(t, true, false)
	wantTold(t, feed(p, change(1_000_000, EVFILT_READ, 0)))
	wantTold(t, feed(p, failure(1_000_000, EVFILT_READ, unix.EBADF)))
	wantTold(t, feed(p, change(fd, EVFILT_WRITE, 0))) // not asked for
	wantTold(t, feed(p, change(fd, EVFILT_READ, 0)), event{fd, true, false})
	wantTold(t, feed(p, change(fd, EVFILT_READ, EV_EOF))) // nothing is, by now
	mustArm(t, p, fd, false, true)
	wantTold(t, feed(p, change(fd, EVFILT_READ, 0)))
	wantTold(t, feed(p, change(fd, EVFILT_WRITE, 0)), event{fd, false, true})
	p.Disarm(fd)
	k := change(fd, EVFILT_WRITE, EV_EOF)
	if p.absorb(&k); len(p.ready) != 0 {
		t.Error("an event nobody waits for ends the Wait")
	}
}

// Rule: an event may say less than the truth by the time it is told.
func TestRuleStaleEvent(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	mustArm(t, p, a, true, false)
	if err := p.Wait(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	mustRead(t, a, "x")
	wantTold(t, events(t, p), event{a, true, false})
	mustArm(t, p, a, true, false)
	quiet(t, p)
	mustWrite(t, b, "y")
	wantTold(t, waitEvents(t, p), event{a, true, false})
}

// Rule: what EV_DELETE says does not matter.
func TestRuleDeleteMayFail(t *testing.T) {
	for _, errno := range []unix.Errno{unix.ENOENT, unix.EBADF} {
		p, fd := armed(t, true, true)
		mustArm(t, p, fd, true, false)
		wantTold(t, feed(p, failure(fd, EVFILT_WRITE, errno)))
		p.Disarm(fd)
		wantTold(t, feed(p, failure(fd, EVFILT_READ, errno)))
	}
}

// That a descriptor is closed before the kernel hears of its Disarm is the usual
// case.
func TestRuleDeleteEndsNoWait(t *testing.T) {
	p := openPoller(t)
	for range 5 { // a signal may end a Wait
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, true, true)
		waitSides(t, p, a, false, true)
		p.Disarm(a)
		testutil.Close(t, a)
		start := time.Now()
		if err := p.Wait(start.Add(calm)); err != nil {
			t.Fatal(err)
		}
		if time.Since(start) >= calm {
			return
		}
	}
	t.Error("Wait ends for the error of EV_DELETE")
}

// Rule: what EV_ADD says reaches its caller.
func TestRuleAddMayFail(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EPERM, unix.EINVAL, unix.ENOMEM, unix.ENOENT} {
		p, fd := armed(t, true, true)
		wantTold(t, feed(p, failure(fd, EVFILT_WRITE, errno)), event{fd, true, true})
		before := p.SystemCalls()
		mustArm(t, p, fd, true, true) // accepted this time
		if p.SystemCalls() == before {
			t.Errorf("after %v the kernel is not asked at once", errno)
		}
	}
}

// Rule: EPIPE of EV_ADD means ready, and so does EBADF of a good descriptor.
func TestRuleBrokenPipeIsReady(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EPIPE, unix.EBADF} {
		p, fd := armed(t, false, true)
		wantTold(t, feed(p, failure(fd, EVFILT_WRITE, errno)), event{fd, true, true})
		before := p.SystemCalls()
		mustArm(t, p, fd, false, true)
		if p.SystemCalls() != before {
			t.Errorf("%v was taken for a refusal", errno)
		}
	}
}

// Rule: the note that only looks out for the end of a pipe may not be had.
func TestRuleLookoutMayFail(t *testing.T) {
	p, fd := armed(t, false, true)
	wantTold(t, feed(p, failure(fd, EVFILT_READ, unix.EINVAL)))
	wantTold(t, feed(p, change(fd, EVFILT_WRITE, 0)), event{fd, false, true})
}
