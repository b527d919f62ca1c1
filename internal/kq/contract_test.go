//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// What the poller relies on, straight on kevent: of a kernel where there is one,
// of the emulation on Linux.

const oneshot = EV_ADD | EV_ONESHOT

func TestContractOneshotFiresOnceAndIsGone(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	k := wantKevent(t, mustCall(t, kq, patience, 4, change(a, EVFILT_READ, oneshot)), a, EVFILT_READ, 0)
	if k.Data != 1 {
		t.Errorf("%d bytes are readable, want 1", k.Data)
	}
	wantNone(t, mustCall(t, kq, calm, 4))
	_, err := call(kq, 0, 0, change(a, EVFILT_READ, EV_DELETE))
	wantErrno(t, "delete what has fired", err, unix.ENOENT)
}

func TestContractAddFiresAgainForTheSameBytes(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	for range 3 {
		got := mustCall(t, kq, patience, 4, change(a, EVFILT_READ, oneshot))
		wantKevent(t, got, a, EVFILT_READ, 0)
	}
}

func TestContractAddTwiceIsOneNote(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	add := change(a, EVFILT_READ, oneshot)
	wantNone(t, mustCall(t, kq, 0, 4, add, add))
	wantNone(t, mustCall(t, kq, 0, 4, add))
	mustWrite(t, b, "x")
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
	wantNone(t, mustCall(t, kq, calm, 4))
}

func TestContractFiresDuringTheCall(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	fill(t, a)
	go writeLater(t, b)
	adds := []Kevent{change(a, EVFILT_READ, oneshot), change(a, EVFILT_WRITE, oneshot)}
	wantKevent(t, mustCall(t, kq, patience, 4, adds...), a, EVFILT_READ, 0)
	wantNone(t, mustCall(t, kq, calm, 4))
	empty(t, b)
	k := wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_WRITE, 0)
	if k.Data < 1 {
		t.Errorf("%d bytes are writable, want some", k.Data)
	}
}

// A note with EV_CLEAR tells of what is new, as often as there is something, whether the rest was
// taken or not, and goes with its descriptor.
func TestContractClearFiresForWhatIsNew(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_READ, EV_ADD|EV_CLEAR)))
	for range 3 {
		mustWrite(t, b, "x")
		wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
		wantNone(t, mustCall(t, kq, calm, 4))
	}
	testutil.Close(t, b)
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, EV_EOF)
	wantNone(t, mustCall(t, kq, calm, 4))
	testutil.Close(t, a)
	_, err := call(kq, 0, 0, change(a, EVFILT_READ, EV_DELETE))
	wantErrno(t, "delete what went with its descriptor", err, unix.ENOENT, unix.EBADF)
}

func TestContractClearTellsAtOnce(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	wantKevent(t, mustCall(t, kq, patience, 4, change(a, EVFILT_READ, EV_ADD|EV_CLEAR)), a, EVFILT_READ, 0)
}

func TestContractDeleteTakesBack(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	mustWrite(t, b, "x")
	got := mustCall(t, kq, calm, 4, change(a, EVFILT_READ, oneshot), change(a, EVFILT_READ, EV_DELETE))
	wantNone(t, got)
	wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_READ, oneshot)))
	wantNone(t, mustCall(t, kq, calm, 4, change(a, EVFILT_READ, EV_DELETE)))
}

// Errors come in the place of events, in the order of their changes, and the
// other changes are made. What is ready comes with the next call.
func TestContractErrorsComeAloneAndAtOnce(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	gone := closedNumber(t)
	mustWrite(t, b, "x")
	got := mustCall(t, kq, patience, 4,
		change(gone, EVFILT_READ, oneshot),
		change(a, EVFILT_READ, oneshot),
		change(b, EVFILT_WRITE, EV_DELETE))
	if len(got) != 2 {
		t.Fatalf("got %+v, want two errors", got)
	}
	first := wantKevent(t, got[:1], gone, EVFILT_READ, EV_ERROR)
	wantErrno(t, "add a closed descriptor", unix.Errno(first.Data), unix.EBADF)
	second := wantKevent(t, got[1:], b, EVFILT_WRITE, EV_ERROR)
	wantErrno(t, "delete no note", unix.Errno(second.Data), unix.ENOENT)
	wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
}

func TestContractErrorWithoutRoomIsReturned(t *testing.T) {
	kq := openKqueue(t)
	gone := closedNumber(t)
	_, err := call(kq, 0, 0, change(gone, EVFILT_READ, oneshot))
	wantErrno(t, "add a closed descriptor", err, unix.EBADF)
	_, err = call(kq, 0, 0, change(gone, EVFILT_READ, EV_DELETE))
	wantErrno(t, "delete on a closed descriptor", err, unix.EBADF, unix.ENOENT)
}

func TestContractWithoutRoomForEventsNothingWaits(t *testing.T) {
	kq := openKqueue(t)
	a, _ := testutil.SocketPair(t)
	start := time.Now()
	if _, err := sysKevent(kq, []Kevent{change(a, EVFILT_READ, oneshot)}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > patience/2 {
		t.Errorf("that took %v", d)
	}
}

func TestContractTimeout(t *testing.T) {
	kq := openKqueue(t)
	start := time.Now()
	wantNone(t, mustCall(t, kq, calm, 4))
	if d := time.Since(start); d < calm {
		t.Errorf("woke after %v, want %v", d, calm)
	}
	wantNone(t, mustCall(t, kq, 0, 4))
}

func TestContractMoreEventsThanRoom(t *testing.T) {
	kq := openKqueue(t)
	const pairs = 10
	for range pairs {
		a, _ := testutil.SocketPair(t)
		wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_WRITE, oneshot)))
	}
	seen := map[int]bool{}
	for range pairs / 2 {
		got := mustCall(t, kq, 0, 2)
		if len(got) != 2 {
			t.Fatalf("got %d events, want as many as there is room for", len(got))
		}
		for i := range got {
			seen[int(got[i].Ident)] = true
		}
	}
	if len(seen) != pairs {
		t.Errorf("%d descriptors were ready, want %d", len(seen), pairs)
	}
	wantNone(t, mustCall(t, kq, 0, 4))
}

func TestContractEndOfSocket(t *testing.T) {
	for name, end := range map[string]func(*testing.T, int){
		"close":    func(t *testing.T, fd int) { testutil.Close(t, fd) },
		"shutdown": func(t *testing.T, fd int) { mustShutdown(t, fd, unix.SHUT_WR) },
	} {
		t.Run(name, func(t *testing.T) {
			kq := openKqueue(t)
			a, b := testutil.TCPPair(t)
			wantNone(t, mustCall(t, kq, 0, 4, change(a, EVFILT_READ, oneshot)))
			mustWrite(t, b, "rest")
			wantKevent(t, mustCall(t, kq, patience, 4), a, EVFILT_READ, 0)
			end(t, b)
			k := waitEOF(t, kq, a)
			if k.Data != 4 || k.Fflags != 0 {
				t.Errorf("data %d, fflags %d, want 4 bytes left and no error", k.Data, k.Fflags)
			}
			mustRead(t, a, "rest")
			mustRead(t, a, "")
		})
	}
}

// waitEOF waits for the end of fd, which may take its time even on loopback.
func waitEOF(t *testing.T, kq, fd int) Kevent {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		got := mustCall(t, kq, patience, 4, change(fd, EVFILT_READ, oneshot))
		if len(got) == 1 && int(got[0].Flags)&EV_EOF == 0 {
			time.Sleep(time.Millisecond)
			continue
		}
		return wantKevent(t, got, fd, EVFILT_READ, EV_EOF)
	}
	t.Fatal("the end did not come")
	return Kevent{}
}

func TestContractEndOfPipe(t *testing.T) {
	kq := openKqueue(t)
	r, w := testutil.Pipe(t)
	mustWrite(t, w, "rest")
	k := wantKevent(t, mustCall(t, kq, patience, 4, change(r, EVFILT_READ, oneshot)), r, EVFILT_READ, 0)
	if k.Data != 4 {
		t.Errorf("%d bytes are readable, want 4", k.Data)
	}
	testutil.Close(t, w)
	wantKevent(t, mustCall(t, kq, patience, 4, change(r, EVFILT_READ, oneshot)), r, EVFILT_READ, EV_EOF)
	mustRead(t, r, "rest")
	wantKevent(t, mustCall(t, kq, patience, 4, change(r, EVFILT_READ, oneshot)), r, EVFILT_READ, EV_EOF)
}

// Which of the two notes tells a writer that its pipe broke differs.
func TestContractBrokenPipe(t *testing.T) {
	kq := openKqueue(t)
	r, w := testutil.Pipe(t)
	fill(t, w)
	adds := []Kevent{change(w, EVFILT_READ, oneshot), change(w, EVFILT_WRITE, oneshot)}
	wantNone(t, mustCall(t, kq, 0, 4, adds...))
	testutil.Close(t, r)
	got := mustCall(t, kq, patience, 4)
	if len(got) == 0 {
		t.Fatal("nothing told the writer")
	}
	for i := range got {
		if int(got[i].Ident) != w || int(got[i].Flags)&EV_EOF == 0 {
			t.Errorf("got %+v, want the end of %d", got[i], w)
		}
	}
}

func TestContractListener(t *testing.T) {
	kq := openKqueue(t)
	fd, addr := testutil.Listener(t)
	wantNone(t, mustCall(t, kq, 0, 4, change(fd, EVFILT_READ, oneshot)))
	const clients = 2
	for range clients {
		to := &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}}
		if err := unix.Connect(socket(t), to); err != nil {
			t.Fatal(err)
		}
	}
	wantKevent(t, mustCall(t, kq, patience, 4), fd, EVFILT_READ, 0)
	testutil.Eventually(t, patience, func() bool {
		got := mustCall(t, kq, patience, 4, change(fd, EVFILT_READ, oneshot))
		return wantKevent(t, got, fd, EVFILT_READ, 0).Data == clients
	}, "a backlog of %d", clients)
}

// The end of a connection that never was comes with its error, and leaves it to
// SO_ERROR.
func TestContractRefusedConnection(t *testing.T) {
	kq := openKqueue(t)
	fd := refusedConnect(t)
	got := mustCall(t, kq, patience, 4, change(fd, EVFILT_WRITE, oneshot))
	k := wantKevent(t, got, fd, EVFILT_WRITE, EV_EOF)
	if errno := unix.Errno(k.Fflags); errno != 0 && errno != unix.ECONNREFUSED {
		t.Errorf("fflags %d, want ECONNREFUSED or none", k.Fflags)
	}
	code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		t.Fatal(err)
	}
	wantErrno(t, "SO_ERROR", unix.Errno(code), unix.ECONNREFUSED)
}

// A closed descriptor takes its notes along, even with an event on the way.
func TestContractCloseTakesNotesAlong(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_READ, oneshot)))
	mustWrite(t, b, "x")
	testutil.Close(t, a)
	wantNone(t, mustCall(t, kq, calm, 4))
}

func TestContractReusedNumberHasNoNotes(t *testing.T) {
	kq := openKqueue(t)
	a, _ := testutil.SocketPair(t)
	wantNone(t, mustCall(t, kq, 0, 0, change(a, EVFILT_READ, oneshot)))
	b := replace(t, a)
	mustWrite(t, b, "x")
	wantNone(t, mustCall(t, kq, calm, 4))
	_, err := call(kq, 0, 0, change(a, EVFILT_READ, EV_DELETE))
	wantErrno(t, "delete", err, unix.ENOENT)
	wantKevent(t, mustCall(t, kq, patience, 4, change(a, EVFILT_READ, oneshot)), a, EVFILT_READ, 0)
}

// Not even when the event is next in line and the new file is ready too.
func TestContractReusedNumberHasNoEvents(t *testing.T) {
	kq := openKqueue(t)
	a, b := testutil.SocketPair(t)
	for _, fd := range []int{a, b} {
		wantNone(t, mustCall(t, kq, 0, 0, change(fd, EVFILT_WRITE, oneshot)))
	}
	told := int(mustCall(t, kq, patience, 1)[0].Ident)
	replace(t, a+b-told)
	wantNone(t, mustCall(t, kq, calm, 4))
}

// replace closes fd and opens a socket under its number. It returns that
// socket's other end.
func replace(t *testing.T, fd int) (peer int) {
	t.Helper()
	a, b := testutil.SocketPair(t)
	testutil.Close(t, fd)
	if err := unix.Dup2(a, fd); err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(fd)
	testutil.Own(t, fd)
	testutil.Close(t, a)
	return b
}

// closedNumber is a descriptor that stands for nothing, and that no test gets by
// chance: those are the lowest.
func closedNumber(t *testing.T) int {
	t.Helper()
	const high = 900
	var st unix.Stat_t
	for fd := high; fd > 0; fd-- {
		if unix.Fstat(fd, &st) == unix.EBADF {
			return fd
		}
	}
	t.Fatal("all descriptors are open")
	return -1
}

func mustShutdown(t *testing.T, fd, how int) {
	t.Helper()
	if err := unix.Shutdown(fd, how); err != nil {
		t.Fatal(err)
	}
}
