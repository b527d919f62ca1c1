//go:build linux && kqueue

package kq

import (
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// What the emulation does beyond what the poller relies on, and where it is
// harder on its user than one system or another.

func trigger(ident int) Kevent {
	k := change(ident, EVFILT_USER, 0)
	k.Fflags = NOTE_TRIGGER
	return k
}

func TestEmulationOrder(t *testing.T) {
	testutil.CheckLeaks(t)
	kq := openKqueue(t)
	var want []int
	for range 5 {
		a, _ := testutil.SocketPair(t)
		want = append(want, a)
		wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_WRITE, oneshot)))
	}
	late, peer := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 0, change(late, EVFILT_READ, oneshot)))
	mustWrite(t, peer, "x")
	got := mustCall(t, kq, 0, 8, change(peer, EVFILT_WRITE, oneshot))
	want = append(want, late, peer)
	for i := range got {
		if int(got[i].Ident) != want[i] {
			t.Errorf("event %d is of %d, want %d", i, got[i].Ident, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d events, want %d", len(got), len(want))
	}
}

func TestEmulationLevel(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 4, change(a, EVFILT_READ, EV_ADD)))
	mustWrite(t, b, "xy")
	for range 3 {
		k := wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
		if k.Data != 2 {
			t.Errorf("data %d, want 2", k.Data)
		}
	}
	mustRead(t, a, "xy")
	wantNone(t, mustCall(t, kq, calm, 4))
	mustWrite(t, b, "z")
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
}

// A level note that fires always does not keep another from its turn.
func TestEmulationLevelTakesTurns(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	add := []Kevent{change(a, EVFILT_WRITE, EV_ADD), change(b, EVFILT_WRITE, EV_ADD)}
	wantNone(t, mustCall(t, kq, 0, 0, add...))
	for range 3 {
		wantKevent(t, mustCall(t, kq, 0, 1), a, EVFILT_WRITE, 0)
		wantKevent(t, mustCall(t, kq, 0, 1), b, EVFILT_WRITE, 0)
	}
}

func TestEmulationClear(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	add := change(a, EVFILT_READ, EV_ADD|EV_CLEAR)
	wantKevent(t, mustCall(t, kq, patience, 4, add), a, EVFILT_READ, 0)
	wantNone(t, mustCall(t, kq, calm, 4)) // the byte is old
	mustWrite(t, b, "y")
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
	mustWrite(t, b, "z")
	mustRead(t, a, "xyz")
	wantNone(t, mustCall(t, kq, calm, 4)) // gone before it was told
}

// An edge of one filter leaves that of the other alone.
func TestEmulationFiltersAreApart(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	fill(t, a)
	wantNone(t, mustCall(t, kq, 0, 4,
		change(a, EVFILT_READ, EV_ADD|EV_CLEAR), change(a, EVFILT_WRITE, EV_ADD|EV_CLEAR)))
	empty(t, b)
	mustWrite(t, b, "x")
	if got := mustCall(t, kq, patience, 4); len(got) != 2 {
		t.Errorf("got %+v, want both", got)
	}
}

func TestEmulationFlagsAreSticky(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 4, change(a, EVFILT_READ, EV_ADD)))
	mustWrite(t, b, "x")
	for range 2 {
		wantKevent(t, mustCall(t, kq, patience, 4, change(a, EVFILT_READ, oneshot)), a, EVFILT_READ, 0)
	}
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0) // not gone
}

func TestEmulationDisable(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	wantNone(t, mustCall(t, kq, calm, 4, change(a, EVFILT_READ, EV_ADD|EV_DISABLE)))
	wantNone(t, mustCall(t, kq, calm, 4, change(a, EVFILT_READ, EV_ADD))) // that enables nothing
	mustWrite(t, b, "y")
	wantNone(t, mustCall(t, kq, calm, 4))
	wantKevent(t, mustCall(t, kq, patience, 4, change(a, EVFILT_READ, EV_ENABLE)), a, EVFILT_READ, 0)
	wantNone(t, mustCall(t, kq, calm, 4, change(a, EVFILT_READ, EV_DISABLE)))
	_, err := call(kq, 0, 0, change(b, EVFILT_READ, EV_ENABLE))
	wantErrno(t, "enable no note", err, unix.ENOENT)
}

func TestEmulationReceipt(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	receipt := change(a, EVFILT_WRITE, oneshot|EV_RECEIPT)
	k := wantKevent(t, mustCall(t, kq, patience, 4, receipt), a, EVFILT_WRITE, EV_ERROR)
	if k.Data != 0 || k.Flags != EV_ERROR {
		t.Errorf("got %+v, want a receipt for success", k)
	}
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_WRITE, 0)
	// Without room it ends the call before the changes behind it.
	wantNone(t, mustCall(t, kq, 0, 0, receipt, change(b, EVFILT_WRITE, oneshot)))
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_WRITE, 0)
}

func TestEmulationErrorEndsTheChanges(t *testing.T) {
	kq := openKqueue(t)
	a, _ := testutil.SocketPair(t)
	bad := change(a, EVFILT_READ, EV_DELETE)
	n, err := sysKevent(kq, []Kevent{bad, bad, change(a, EVFILT_WRITE, oneshot)}, make([]Kevent, 1), nil)
	if n != -1 || err != unix.ENOENT {
		t.Errorf("got %d, %v, want -1, ENOENT", n, err)
	}
	wantNone(t, mustCall(t, kq, calm, 4)) // the last change was not made
	k := wantKevent(t, mustCall(t, kq, patience, 4, bad), a, EVFILT_READ, EV_ERROR)
	if k.Flags != EV_ERROR {
		t.Errorf("flags %#x: an error does not repeat its change's", k.Flags)
	}
}

func TestEmulationRefusals(t *testing.T) {
	kq := openKqueue(t)
	file, _ := testutil.TempFile(t, 10)
	a, _ := testutil.SocketPair(t)
	for what, c := range map[string]struct {
		change Kevent
		want   unix.Errno
	}{
		"regular file":    {change(file, EVFILT_READ, EV_ADD), unix.EPERM},
		"unknown filter":  {change(a, -7, EV_ADD), unix.EINVAL},
		"no descriptor":   {Kevent{Ident: 1 << 40, Filter: EVFILT_READ, Flags: EV_ADD}, unix.EBADF},
		"untold trigger":  {trigger(3), unix.ENOENT},
		"no note of user": {change(3, EVFILT_USER, EV_DELETE), unix.ENOENT},
	} {
		_, err := call(kq, 0, 0, c.change)
		wantErrno(t, what, err, c.want)
	}
	for _, limit := range []unix.Timespec{{Sec: -1}, {Nsec: -1}, {Nsec: 1e9}, {Sec: timeoutMax + 1}} {
		if _, err := sysKevent(kq, nil, make([]Kevent, 1), &limit); err != unix.EINVAL {
			t.Errorf("timeout %+v: %v, want EINVAL", limit, err)
		}
	}
	if _, err := sysKevent(a, nil, nil, nil); err != unix.EBADF {
		t.Errorf("kevent on a socket: %v, want EBADF", err)
	}
	if err := sysClose(a); err != unix.EBADF {
		t.Errorf("close a socket as a kqueue: %v, want EBADF", err)
	}
}

func TestEmulationUser(t *testing.T) {
	kq := openKqueue(t)
	wantNone(t, mustCall(t, kq, 0, 4, change(1, EVFILT_USER, EV_ADD|EV_CLEAR)))
	wantNone(t, mustCall(t, kq, 0, 0, trigger(1), trigger(1)))
	wantKevent(t, mustCall(t, kq, patience, 4), 1, EVFILT_USER, 0) // both are one
	wantNone(t, mustCall(t, kq, calm, 4, change(1, EVFILT_USER, EV_ADD)))

	wantNone(t, mustCall(t, kq, 0, 4, change(2, EVFILT_USER, EV_ADD)))
	wantNone(t, mustCall(t, kq, 0, 0, trigger(2)))
	for range 2 { // without EV_CLEAR it stays
		wantKevent(t, mustCall(t, kq, patience, 4), 2, EVFILT_USER, 0)
	}
	wantNone(t, mustCall(t, kq, calm, 4, change(2, EVFILT_USER, EV_DELETE)))

	wantNone(t, mustCall(t, kq, 0, 4, change(3, EVFILT_USER, oneshot|EV_DISABLE)))
	wantNone(t, mustCall(t, kq, calm, 4, trigger(3)))
	wantKevent(t, mustCall(t, kq, patience, 4, change(3, EVFILT_USER, EV_ENABLE)), 3, EVFILT_USER, 0)
	_, err := call(kq, 0, 0, trigger(3))
	wantErrno(t, "trigger what has fired", err, unix.ENOENT)
}

func TestEmulationUdata(t *testing.T) {
	kq := openKqueue(t)
	a, _ := testutil.SocketPair(t)
	add := change(a, EVFILT_WRITE, EV_ADD)
	for range 2 { // adding again changes it
		add.Udata = new(byte)
		if k := wantKevent(t, mustCall(t, kq, patience, 4, add), a, EVFILT_WRITE, 0); k.Udata != add.Udata {
			t.Error("the event has another udata than the change")
		}
	}
}

func TestEmulationData(t *testing.T) {
	kq := openKqueue(t)
	r, w := testutil.Pipe(t)
	before := wantKevent(t, mustCall(t, kq, patience, 4, change(w, EVFILT_WRITE, oneshot)), w, EVFILT_WRITE, 0)
	mustWrite(t, w, "four")
	after := wantKevent(t, mustCall(t, kq, patience, 4, change(w, EVFILT_WRITE, oneshot)), w, EVFILT_WRITE, 0)
	if before.Data-after.Data != 4 {
		t.Errorf("%d, then %d bytes are writable, want 4 less", before.Data, after.Data)
	}
	k := wantKevent(t, mustCall(t, kq, patience, 4, change(r, EVFILT_READ, oneshot)), r, EVFILT_READ, 0)
	if k.Data != 4 {
		t.Errorf("%d bytes are readable, want 4", k.Data)
	}
}

func TestEmulationBrokenPipe(t *testing.T) {
	kq := openKqueue(t)
	r, w := testutil.Pipe(t)
	fill(t, w)
	wantNone(t, mustCall(t, kq, 0, 4, change(w, EVFILT_WRITE, EV_ADD)))
	testutil.Close(t, r)
	wantNone(t, mustCall(t, kq, calm, 4))
	wantKevent(t, mustCall(t, kq, patience, 4, change(w, EVFILT_READ, oneshot)), w, EVFILT_READ, EV_EOF)
	wantNone(t, mustCall(t, kq, calm, 4, change(w, EVFILT_WRITE, EV_DELETE)))
	_, err := call(kq, 0, 0, change(w, EVFILT_WRITE, oneshot))
	wantErrno(t, "add a broken pipe", err, unix.EBADF)
}

// A duplicate keeps the file, and epoll's entry, alive.
func TestEmulationCloseWithDuplicate(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 4, change(a, EVFILT_READ, EV_ADD)))
	dup, err := unix.Dup(a)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, dup)
	testutil.Close(t, a)
	mustWrite(t, b, "x")
	wantNone(t, mustCall(t, kq, calm, 4))
	if err := unix.Dup2(dup, a); err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, a)
	wantKevent(t, mustCall(t, kq, patience, 4, change(a, EVFILT_READ, oneshot)), a, EVFILT_READ, 0)
	wantNone(t, mustCall(t, kq, calm, 4))
}

// All eventfds have the same inode.
func TestEmulationReusedEventfd(t *testing.T) {
	kq := openKqueue(t)
	open := func() int {
		fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
		if err != nil {
			t.Fatal(err)
		}
		return fd
	}
	first, second := open(), open()
	wantNone(t, mustCall(t, kq, 0, 4, change(first, EVFILT_READ, oneshot)))
	if err := unix.Dup2(second, first); err != nil {
		t.Fatal(err)
	}
	wantNone(t, mustCall(t, kq, 0, 4, change(first, EVFILT_READ, oneshot)))
	mustWrite(t, second, "\x01\x00\x00\x00\x00\x00\x00\x00")
	wantKevent(t, mustCall(t, kq, patience, 4), first, EVFILT_READ, 0)
	for _, fd := range []int{first, second} {
		if err := unix.Close(fd); err != nil {
			t.Error(err)
		}
	}
}

// Each of several waiters gets an event; none is told twice of a oneshot.
func TestEmulationSeveralWaiters(t *testing.T) {
	testutil.CheckLeaks(t)
	kq := openKqueue(t)
	const waiters = 4
	var peers []int
	for range waiters {
		a, b := testutil.SocketPair(t)
		wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_READ, oneshot)))
		peers = append(peers, b)
	}
	var mu sync.Mutex
	seen := map[uint64]int{}
	var group sync.WaitGroup
	for range waiters {
		group.Go(func() {
			got, err := call(kq, patience, 1)
			if err != nil || len(got) != 1 {
				t.Errorf("got %+v, %v, want one event", got, err)
				return
			}
			mu.Lock()
			seen[got[0].Ident]++
			mu.Unlock()
		})
	}
	time.Sleep(calm)
	for _, b := range peers {
		mustWrite(t, b, "x")
	}
	group.Wait()
	if len(seen) != waiters {
		t.Errorf("seen %v, want each of %d once", seen, waiters)
	}
}

// A waiter hears of what another goroutine's call does.
func TestEmulationWaiterHearsOfChanges(t *testing.T) {
	kq := openKqueue(t)
	a, _ := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 0, change(1, EVFILT_USER, EV_ADD|EV_CLEAR)))
	wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_WRITE, oneshot|EV_DISABLE)))
	for _, c := range []Kevent{trigger(1), change(a, EVFILT_WRITE, EV_ENABLE), change(a, EVFILT_WRITE, oneshot)} {
		got := make(chan []Kevent, 1)
		go func() {
			events, err := call(kq, patience, 4)
			if err != nil {
				t.Errorf("kevent: %v", err)
			}
			got <- events
		}()
		time.Sleep(calm)
		wantNone(t, mustCall(t, kq, 0, 0, c))
		wantKevent(t, <-got, int(c.Ident), int(c.Filter), 0)
	}
}

// sleeping starts a call of kevent that blocks for a while at most, on a thread
// of its own, and returns that thread's number.
func sleeping(kq int, limit time.Duration) (thread int, result <-chan error) {
	started, done := make(chan int), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- unix.Gettid()
		timeout := unix.NsecToTimespec(int64(limit))
		_, err := sysKevent(kq, nil, make([]Kevent, 1), &timeout)
		done <- err
	}()
	return <-started, done
}

func TestEmulationSignal(t *testing.T) {
	kq := openKqueue(t)
	thread, result := sleeping(kq, patience)
	err := interrupt(t, thread, result)
	if err != unix.EINTR {
		t.Errorf("kevent: %v, want EINTR", err)
	}
}

// interrupt sends signals to thread until the call on it has ended. SIGURG is
// what Go's scheduler uses, and means nothing.
func interrupt(t *testing.T, thread int, result <-chan error) error {
	t.Helper()
	for deadline := time.Now().Add(patience / 2); time.Now().Before(deadline); {
		if err := unix.Tgkill(unix.Getpid(), thread, syscall.SIGURG); err != nil {
			t.Fatalf("tgkill: %v", err)
		}
		select {
		case err := <-result:
			return err
		case <-time.After(time.Millisecond):
		}
	}
	t.Fatal("no signal ended the call")
	return nil
}

// The poller takes a signal for a Wait that ends early.
func TestWaitInterrupted(t *testing.T) {
	p := openPoller(t)
	a, b := testutil.SocketPair(t)
	mustArm(t, p, a, true, false)
	started, result := make(chan int), make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- unix.Gettid()
		result <- p.Wait(time.Time{})
	}()
	if err := interrupt(t, <-started, result); err != nil {
		t.Fatalf("wait: %v, want no error", err)
	}
	mustWrite(t, b, "x")
	wantTold(t, waitEvents(t, p), event{a, true, false}) // armed still
}

// A kevent that sleeps goes on when its kqueue is closed. A signal of the scheduler's ends it, and so does a stop of
// the process: then it is tried again.
func TestEmulationCloseWakesNobody(t *testing.T) {
	testutil.CheckLeaks(t)
	const limit = 5 * calm
	testutil.Eventually(t, patience, func() bool {
		kq, err := sysKqueue()
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		_, result := sleeping(kq, limit)
		time.Sleep(calm)
		if err := sysClose(kq); err != nil {
			t.Fatal(err)
		}
		late := time.Since(start) >= limit
		err = <-result
		if err != unix.EBADF && err != unix.EINTR && (err != nil || !late) {
			t.Errorf("kevent: %v, want EBADF", err)
		}
		return err == unix.EBADF && time.Since(start) >= limit
	}, "kevent sleeps for %v, and tells EBADF then", limit)
}
