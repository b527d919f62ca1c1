//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"errors"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// patience is how long a test waits for what must come.
	patience = 10 * time.Second

	// calm is how long a test waits for what must not come.
	calm = 20 * time.Millisecond
)

func openPoller(t testing.TB) *Poller {
	t.Helper()
	p, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return p
}

// An event is one call of tell.
type event struct {
	fd          int
	read, write bool
}

func mustArm(t testing.TB, p *Poller, fd int, read, write bool) {
	t.Helper()
	if err := p.Arm(fd, read, write); err != nil {
		t.Fatalf("arm %d: %v", fd, err)
	}
}

// events is what one call of Events tells.
func events(t testing.TB, p *Poller) (told []event) {
	t.Helper()
	err := p.Events(func(fd int, read, write bool) {
		told = append(told, event{fd, read, write})
	})
	if err != nil {
		t.Fatalf("events: %v", err)
	}
	return told
}

// waitEvents waits until there are events, and returns them.
func waitEvents(t testing.TB, p *Poller) []event {
	t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if err := p.Wait(deadline); err != nil {
			t.Fatalf("wait: %v", err)
		}
		if told := events(t, p); len(told) > 0 {
			return told
		}
	}
	t.Fatal("no event came")
	return nil
}

// waitSides waits until fd has been told ready for all of these, in one call of
// tell or in several. Others' events are a failure.
func waitSides(t testing.TB, p *Poller, fd int, read, write bool) {
	t.Helper()
	for missing := wish(read, write); missing != 0; {
		for _, e := range waitEvents(t, p) {
			if e.fd != fd {
				t.Fatalf("told of %d, armed %d", e.fd, fd)
			}
			missing &^= wish(e.read, e.write)
		}
	}
}

// quiet checks that nothing is told for a while.
func quiet(t testing.TB, p *Poller) {
	t.Helper()
	deadline := time.Now().Add(calm)
	for time.Now().Before(deadline) {
		if err := p.Wait(deadline); err != nil {
			t.Fatalf("wait: %v", err)
		}
		if told := events(t, p); len(told) > 0 {
			t.Fatalf("told %+v, want nothing", told)
		}
	}
}

func wantTold(t testing.TB, got []event, want ...event) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("told %+v, want %+v", got, want)
	}
}

func openKqueue(t testing.TB) int {
	t.Helper()
	kq, err := sysKqueue()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sysClose(kq); err != nil {
			t.Errorf("close kqueue: %v", err)
		}
	})
	return kq
}

func change(ident, filter, flags int) (k Kevent) {
	setKevent(&k, ident, filter, flags)
	return k
}

// call is kevent, again when a signal interrupted it.
func call(kq int, timeout time.Duration, room int, changes ...Kevent) ([]Kevent, error) {
	got := make([]Kevent, room)
	deadline := time.Now().Add(timeout)
	for {
		limit := unix.NsecToTimespec(int64(max(time.Until(deadline), 0)))
		n, err := sysKevent(kq, changes, got, &limit)
		if err == unix.EINTR {
			continue
		}
		return got[:max(n, 0)], err
	}
}

func mustCall(t testing.TB, kq int, timeout time.Duration, room int, changes ...Kevent) []Kevent {
	t.Helper()
	got, err := call(kq, timeout, room, changes...)
	if err != nil {
		t.Fatalf("kevent: %v", err)
	}
	return got
}

// wantKevent checks that exactly one event came, with these flags among
// EV_EOF and EV_ERROR.
func wantKevent(t testing.TB, got []Kevent, ident, filter, flags int) Kevent {
	t.Helper()
	if len(got) != 1 {
		t.Fatalf("got %d events %+v, want one", len(got), got)
	}
	k := got[0]
	if int(k.Ident) != ident || int(k.Filter) != filter || int(k.Flags)&(EV_EOF|EV_ERROR) != flags {
		t.Fatalf("got %+v, want ident %d, filter %d, flags %#x", k, ident, filter, flags)
	}
	return k
}

func wantNone(t testing.TB, got []Kevent) {
	t.Helper()
	if len(got) > 0 {
		t.Fatalf("got %+v, want no event", got)
	}
}

func mustWrite(t testing.TB, fd int, s string) {
	t.Helper()
	if n, err := unix.Write(fd, []byte(s)); n != len(s) || err != nil {
		t.Fatalf("write: %d, %v", n, err)
	}
}

// writeLater writes a byte when the test has gone to sleep, most likely.
func writeLater(t testing.TB, fd int) {
	time.Sleep(calm)
	if _, err := unix.Write(fd, []byte("x")); err != nil {
		t.Errorf("write: %v", err)
	}
}

func mustRead(t testing.TB, fd int, want string) {
	t.Helper()
	buf := make([]byte, len(want)+1)
	n, err := unix.Read(fd, buf)
	if err != nil || string(buf[:n]) != want {
		t.Fatalf("read: %q, %v, want %q", buf[:max(n, 0)], err, want)
	}
}

// fill writes to fd until it would block.
func fill(t testing.TB, fd int) {
	t.Helper()
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 4096); ; {
		_, err := unix.Write(fd, buf)
		if err == unix.EAGAIN {
			if len(buf) == 1 {
				return
			}
			buf = buf[:1]
			continue
		}
		if err != nil {
			t.Fatalf("fill: %v", err)
		}
	}
}

// empty reads from fd until it would block.
func empty(t testing.TB, fd int) {
	t.Helper()
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for buf := make([]byte, 1<<16); ; {
		n, err := unix.Read(fd, buf)
		if err == unix.EAGAIN {
			return
		}
		if err != nil || n == 0 {
			t.Fatalf("empty: %d, %v", n, err)
		}
	}
}

// refusedConnect begins a connection to a port where nobody listens.
func refusedConnect(t testing.TB) (fd int) {
	t.Helper()
	port := socket(t)
	if err := unix.Bind(port, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(port)
	if err != nil {
		t.Fatal(err)
	}
	fd = socket(t)
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	switch err := unix.Connect(fd, name); err {
	case unix.EINPROGRESS:
	case unix.ECONNREFUSED:
		t.Skip("this system refuses a connection to itself at once")
	default:
		t.Fatalf("connect: %v", err)
	}
	return fd
}

func socket(t testing.TB) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	unix.CloseOnExec(fd)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
}

func wantErrno(t testing.TB, what string, got error, want ...unix.Errno) {
	t.Helper()
	for _, w := range want {
		if errors.Is(got, w) {
			return
		}
	}
	t.Errorf("%s: got %v, want one of %v", what, got, want)
}
