//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"errors"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestTellsWhatIsReady(t *testing.T) {
	testutil.CheckLeaks(t)
	p := openPoller(t)
	if p.Name() != "kqueue" {
		t.Errorf("name %q", p.Name())
	}
	a, b := testutil.SocketPair(t)
	mustArm(t, p, a, true, false)
	quiet(t, p)
	mustWrite(t, b, "x")
	wantTold(t, waitEvents(t, p), event{a, true, false})
	quiet(t, p) // once
	mustArm(t, p, a, true, false)
	wantTold(t, waitEvents(t, p), event{a, true, false}) // at once
	mustArm(t, p, a, false, true)
	wantTold(t, waitEvents(t, p), event{a, false, true}) // the byte is not asked about
	mustArm(t, p, a, true, true)
	waitSides(t, p, a, true, true)
	quiet(t, p)
}

func TestOneSideLeavesTheOtherArmed(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	fill(t, a)
	mustArm(t, p, a, true, true)
	quiet(t, p)
	mustWrite(t, b, "x")
	wantTold(t, waitEvents(t, p), event{a, true, false})
	empty(t, b)
	wantTold(t, waitEvents(t, p), event{a, false, true})
	quiet(t, p)
}

func TestTellsDuringWait(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	mustArm(t, p, a, true, false)
	go writeLater(t, b)
	wantTold(t, waitEvents(t, p), event{a, true, false})
}

func TestEventsWithoutWait(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	mustArm(t, p, a, true, false)
	wantTold(t, events(t, p))
	mustWrite(t, b, "x")
	wantTold(t, events(t, p), event{a, true, false})
}

// Wait has found one descriptor ready; what is armed after that is told too.
func TestEventsAfterWaitAndArm(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	mustArm(t, p, a, true, false)
	if err := p.Wait(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	mustArm(t, p, b, false, true)
	wantTold(t, events(t, p), event{a, true, false}, event{b, false, true})
}

func TestArmReplacesWhatWasAsked(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	mustArm(t, p, a, true, true)
	mustArm(t, p, a, true, false)
	quiet(t, p)
	fill(t, a)
	mustArm(t, p, a, true, true)
	quiet(t, p) // the kernel has both notes now
	mustArm(t, p, a, false, true)
	mustWrite(t, b, "x")
	quiet(t, p)
	mustArm(t, p, a, true, false)
	empty(t, b)
	wantTold(t, waitEvents(t, p), event{a, true, false})
	quiet(t, p)
}

func TestArmForNothingIsDisarm(t *testing.T) {
	p := openPoller(t)
	a, _ := testutil.SocketPair(t)
	mustArm(t, p, a, false, true)
	mustArm(t, p, a, false, false)
	quiet(t, p)
}

func TestDisarm(t *testing.T) {
	t.Run("before the kernel knows", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, false, true)
		p.Disarm(a)
		quiet(t, p)
	})
	t.Run("when the kernel knows", func(t *testing.T) {
		p := openPoller(t)
		a, b := testutil.SocketPair(t)
		mustArm(t, p, a, true, false)
		quiet(t, p)
		p.Disarm(a)
		mustWrite(t, b, "x")
		quiet(t, p)
	})
	t.Run("in the kernel", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, true, false)
		quiet(t, p)
		p.Disarm(a)
		quiet(t, p)
		_, err := call(p.kq, 0, 0, change(a, EVFILT_READ, EV_DELETE))
		wantErrno(t, "delete the note", err, unix.ENOENT)
	})
	t.Run("when it has fired", func(t *testing.T) {
		p := openPoller(t)
		a, b := testutil.SocketPair(t)
		mustWrite(t, b, "x")
		mustArm(t, p, a, true, false)
		waitSides(t, p, a, true, false)
		p.Disarm(a)
		if p.pending() != 0 {
			t.Error("there is something to delete")
		}
	})
	t.Run("when Wait has found it ready", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, false, true)
		if err := p.Wait(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		p.Disarm(a)
		quiet(t, p)
	})
	t.Run("and close", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, true, false)
		quiet(t, p)
		p.Disarm(a)
		testutil.Close(t, a)
		quiet(t, p)
	})
	t.Run("what was never armed", func(t *testing.T) {
		p := openPoller(t)
		p.Disarm(closedNumber(t))
		p.Disarm(-1)
		quiet(t, p)
	})
}

func TestArmingCostsNoSystemCall(t *testing.T) {
	p := openPoller(t)
	a, _ := testutil.SocketPair(t)
	before := p.SystemCalls()
	for range 1000 {
		mustArm(t, p, a, true, true)
		p.Disarm(a)
		mustArm(t, p, a, false, true)
	}
	if n := p.SystemCalls() - before; n != 0 {
		t.Errorf("arming took %d system calls", n)
	}
	// One call takes in the changes and waits, and Events need not ask again.
	if err := p.Wait(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	wantTold(t, events(t, p), event{a, false, true})
	if n := p.SystemCalls() - before; n != 1 {
		t.Errorf("telling of one descriptor took %d system calls, want 1", n)
	}
}

func TestWaitDeadline(t *testing.T) {
	p := openPoller(t)
	for _, d := range []time.Duration{-time.Hour, 0, calm} {
		start := time.Now()
		if err := p.Wait(start.Add(d)); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > patience/2 {
			t.Errorf("a wait for %v took %v", d, took)
		}
	}
}

// The end of what Arm refuses is the caller's next try.
func TestArmOfClosedDescriptor(t *testing.T) {
	p := openPoller(t)
	if err := p.Arm(-1, true, true); err != unix.EBADF {
		t.Errorf("arm -1: %v, want EBADF", err)
	}
	gone := closedNumber(t)
	for _, e := range [...]event{{gone, true, false}, {gone, false, true}, {gone, true, true}} {
		mustArm(t, p, gone, e.read, e.write)
		wantTold(t, waitEvents(t, p), event{gone, true, true})
		if err := p.Arm(gone, e.read, e.write); err != unix.EBADF {
			t.Errorf("arm again: %v, want EBADF", err)
		}
		wantTold(t, feed(p, change(gone, EVFILT_READ, EV_EOF))) // nothing is armed
		quiet(t, p)
		p.Disarm(gone)
	}
}

// A number that was refused may stand for a good descriptor the next time.
func TestArmAfterRefusal(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	gone := closedNumber(t)
	mustArm(t, p, gone, true, true)
	waitSides(t, p, gone, true, true)
	if err := unix.Dup2(a, gone); err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, gone)
	mustWrite(t, b, "x")
	mustArm(t, p, gone, true, false)
	wantTold(t, waitEvents(t, p), event{gone, true, false})
	quiet(t, p)
	before := p.SystemCalls()
	mustArm(t, p, gone, true, false)
	if p.SystemCalls() != before {
		t.Error("a descriptor that was accepted is still asked about at once")
	}
}

func TestArmOfBrokenPipeAfterRefusal(t *testing.T) {
	p := openPoller(t)
	r, w := testutil.Pipe(t)
	gone := closedNumber(t)
	mustArm(t, p, gone, false, true)
	waitSides(t, p, gone, false, true)
	if err := unix.Dup2(w, gone); err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, gone)
	testutil.Close(t, r)
	mustArm(t, p, gone, false, true)
	waitSides(t, p, gone, false, true)
	mustArm(t, p, gone, false, true)
	waitSides(t, p, gone, false, true)
}

// A BSD watches regular files. The emulation refuses them, as epoll does; that
// makes the caller try, and EPERM is for one whose try would block.
func TestRegularFile(t *testing.T) {
	p := openPoller(t)
	fd, _ := testutil.TempFile(t, 100)
	mustArm(t, p, fd, true, true)
	waitSides(t, p, fd, true, true)
	switch err := p.Arm(fd, true, false); err {
	case unix.EPERM:
		quiet(t, p)
	case nil:
		waitSides(t, p, fd, true, false)
	default:
		t.Errorf("arm again: %v, want EPERM or nil", err)
	}
}

func TestEndOfInputCountsBothWays(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	fill(t, a)
	mustArm(t, p, a, true, true)
	quiet(t, p)
	mustShutdown(t, b, unix.SHUT_WR)
	wantTold(t, waitEvents(t, p), event{a, true, true})
	mustArm(t, p, a, false, true) // the writer is still interested
	empty(t, b)
	waitSides(t, p, a, false, true)
}

func TestReaderOfClosedPipe(t *testing.T) {
	p := openPoller(t)
	r, w := testutil.Pipe(t)
	mustArm(t, p, r, true, false)
	quiet(t, p)
	testutil.Close(t, w)
	waitSides(t, p, r, true, false)
}

func TestWriterOfBrokenPipe(t *testing.T) {
	p := openPoller(t)
	r, w := testutil.Pipe(t)
	fill(t, w)
	mustArm(t, p, w, false, true)
	quiet(t, p)
	testutil.Close(t, r)
	waitSides(t, p, w, false, true)
	mustArm(t, p, w, false, true) // broken when armed
	waitSides(t, p, w, false, true)
	if _, err := unix.Write(w, []byte("x")); err != unix.EPIPE {
		t.Errorf("write: %v, want EPIPE", err)
	}
}

func TestRefusedConnectionIsTold(t *testing.T) {
	p := openPoller(t)
	fd := refusedConnect(t)
	mustArm(t, p, fd, false, true)
	waitSides(t, p, fd, false, true)
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil || unix.Errno(code) != unix.ECONNREFUSED {
		t.Errorf("SO_ERROR %d, %v, want ECONNREFUSED", code, err)
	}
}

// An error comes in the place of events, not of their being told.
func TestErrorHidesNoEvent(t *testing.T) {
	p := openPoller(t)
	a, _ := testutil.SocketPair(t)
	gone := closedNumber(t)
	mustArm(t, p, gone, true, false)
	mustArm(t, p, a, false, true)
	wantTold(t, events(t, p), event{gone, true, true}, event{a, false, true})
}

func TestReusedDescriptor(t *testing.T) {
	t.Run("after Disarm", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, true, true)
		waitSides(t, p, a, false, true)
		p.Disarm(a)
		wantReused(t, p, a)
	})
	t.Run("without Disarm", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, true, true)
		waitSides(t, p, a, false, true)
		wantReused(t, p, a)
	})
	t.Run("when Wait has found it ready", func(t *testing.T) {
		p := openPoller(t)
		a, _ := testutil.SocketPair(t)
		mustArm(t, p, a, false, true)
		if err := p.Wait(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		p.Disarm(a)
		wantReused(t, p, a)
	})
}

// wantReused puts another socket under the number fd and wants it served as if
// there had been no other.
func wantReused(t *testing.T, p *Poller, fd int) {
	t.Helper()
	peer := replace(t, fd)
	mustArm(t, p, fd, true, false)
	quiet(t, p)
	mustWrite(t, peer, "x")
	wantTold(t, waitEvents(t, p), event{fd, true, false})
	quiet(t, p)
}

// Two descriptors are ready; while the first is told, the second's number comes
// to stand for another file, which is armed and not ready.
func TestReusedWhileTelling(t *testing.T) {
	p := openPoller(t)
	var fds [2]int
	for i := range fds {
		a, b := testutil.SocketPair(t)
		mustWrite(t, b, "x")
		fds[i] = a
	}
	mustArm(t, p, fds[0], true, false)
	mustArm(t, p, fds[1], true, false)
	var told []event
	var peer int
	err := p.Events(func(fd int, read, write bool) {
		told = append(told, event{fd, read, write})
		p.Disarm(fds[1])
		peer = replace(t, fds[1])
		mustArm(t, p, fds[1], true, false)
	})
	if err != nil {
		t.Fatal(err)
	}
	wantTold(t, told, event{fds[0], true, false})
	mustWrite(t, peer, "x")
	wantTold(t, waitEvents(t, p), event{fds[1], true, false})
}

// A descriptor that is ready again as soon as it is armed does not keep Events.
func TestArmingWhileTelling(t *testing.T) {
	p := openPoller(t)
	a, _ := testutil.SocketPair(t)
	mustArm(t, p, a, false, true)
	for range 3 {
		calls := 0
		err := p.Events(func(fd int, read, write bool) {
			calls++
			mustArm(t, p, fd, read, write)
		})
		if err != nil || calls != 1 {
			t.Fatalf("told %d times, %v, want once", calls, err)
		}
	}
}

func TestThousandsOfArms(t *testing.T) {
	testutil.CheckLeaks(t)
	p := openPoller(t)
	var fds []int
	for range manyPairs(t) {
		a, b := testutil.SocketPair(t)
		mustWrite(t, b, "x")
		fds = append(fds, a)
	}
	for round := range 6 {
		for _, fd := range fds {
			mustArm(t, p, fd, true, round%2 == 0)
		}
		if round%3 == 0 { // Events alone must do, too
			if err := p.Wait(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
		}
		got := map[int]side{}
		for _, e := range events(t, p) {
			got[e.fd] |= wish(e.read, e.write)
		}
		for _, fd := range fds {
			if want := wish(true, round%2 == 0); got[fd] != want {
				t.Fatalf("round %d: told %b of %d, want %b", round, got[fd], fd, want)
			}
		}
	}
	quiet(t, p)
	for _, fd := range fds {
		mustArm(t, p, fd, true, true)
	}
	for _, fd := range fds {
		p.Disarm(fd)
	}
	quiet(t, p)
}

// More than fits one call: neither what goes in nor what comes out may be left
// for later.
func TestManyBecomeReadyAtOnce(t *testing.T) {
	p := openPoller(t)
	var peers []int
	for range batchMax + 10 {
		a, b := testutil.SocketPair(t)
		mustArm(t, p, a, true, false)
		peers = append(peers, b)
	}
	last := peers[len(peers)-1]
	mustArm(t, p, last, false, true)
	start := time.Now()
	if err := p.Wait(start.Add(patience)); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > patience/2 {
		t.Errorf("Wait slept for %v before the kernel knew all", d)
	}
	wantTold(t, events(t, p), event{last, false, true})
	for _, b := range peers {
		mustWrite(t, b, "x")
	}
	if told := events(t, p); len(told) != len(peers) {
		t.Errorf("told of %d descriptors, want %d", len(told), len(peers))
	}
}

// manyPairs is how many pairs of sockets take several calls to arm, as far as
// this system lets a process have that many.
func manyPairs(t *testing.T) int {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if open := int64(limit.Cur); open > 0 && open < 4096 {
		return 200
	}
	return 1500
}

// The queue of changes is bounded though it is never empty.
func TestQueueOfChangesStaysSmall(t *testing.T) {
	p := openPoller(t)
	for fd := range 1000 {
		p.change(&watch{fd: fd})
		if fd == 0 {
			continue
		}
		p.commit(1)
		if n := p.pending(); n != 1 || p.changed[p.taken].fd != fd {
			t.Fatalf("%d changes are pending, want that of %d", n, fd)
		}
	}
	if n := len(p.changed); n > 4 {
		t.Errorf("%d entries for one change", n)
	}
}

func TestClosedPoller(t *testing.T) {
	testutil.CheckLeaks(t)
	p, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	a, _ := testutil.SocketPair(t)
	mustArm(t, p, a, true, true)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	before := p.SystemCalls()
	for what, err := range map[string]error{
		"arm":    p.Arm(a, true, true),
		"wait":   p.Wait(time.Time{}),
		"events": p.Events(func(int, bool, bool) { t.Error("told after Close") }),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s: got %v, want os.ErrClosed", what, err)
		}
	}
	p.Disarm(a)
	p.Wake()
	if p.SystemCalls() != before {
		t.Error("a closed poller entered the kernel")
	}
}

func TestCloseWhileTelling(t *testing.T) {
	p := openPoller(t)
	a, _ := testutil.SocketPair(t)
	mustArm(t, p, a, false, true)
	err := p.Events(func(int, bool, bool) {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	if err != nil && !errors.Is(err, os.ErrClosed) {
		t.Errorf("events: %v", err)
	}
}
