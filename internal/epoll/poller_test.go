//go:build linux

package epoll

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// rounds is how often the tests look for events: more often than any that is right is
// told.
const rounds = 20

// openPoller is a poller that t closes.
func openPoller(t *testing.T) *Poller {
	t.Helper()
	testutil.CheckLeaks(t)
	p, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// tells counts what p tells of fd, which is armed to be read again each time, if arm.
func tells(t *testing.T, p *Poller, fd int, arm bool) (n int) {
	t.Helper()
	for range rounds {
		err := p.Events(func(got int, _, _ bool) {
			n++
			if got != fd {
				t.Errorf("told of %d, want %d", got, fd)
			}
			if arm {
				mustArm(t, p, fd)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func mustArm(t *testing.T, p *Poller, fd int) {
	t.Helper()
	if err := p.Arm(fd, true, false); err != nil {
		t.Fatal(err)
	}
}

// stamped is a socket with a time stamp in its error queue, which makes poll(2) say
// POLLERR until it is taken from there, and the socket's address.
func stamped(t *testing.T) (fd int, addr unix.Sockaddr) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if addr, err = unix.Getsockname(fd); err != nil {
		t.Fatal(err)
	}
	const stamps = unix.SOF_TIMESTAMPING_TX_SOFTWARE | unix.SOF_TIMESTAMPING_SOFTWARE
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPING, stamps); err != nil {
		t.Fatal(err)
	}
	mustSend(t, fd, addr)
	mustReceive(t, fd)
	return fd, addr
}

func mustSend(t *testing.T, fd int, to unix.Sockaddr) {
	t.Helper()
	if err := unix.Sendto(fd, []byte("x"), 0, to); err != nil {
		t.Fatal(err)
	}
}

func mustReceive(t *testing.T, fd int) {
	t.Helper()
	if _, _, err := unix.Recvfrom(fd, make([]byte, 10), 0); err != nil {
		t.Fatal(err)
	}
}

// An error that no attempt clears does not have the loop try again for ever, and what
// comes besides is told.
func TestErrorThatStaysIsToldAFewTimes(t *testing.T) {
	p := openPoller(t)
	fd, addr := stamped(t)
	for range 3 {
		mustArm(t, p, fd)
		if n := tells(t, p, fd, true); n == 0 || n > 3 {
			t.Errorf("the error was told %d times", n)
		}
		mustSend(t, fd, addr)
		if n := tells(t, p, fd, true); n == 0 || n > 3 {
			t.Errorf("a datagram beside the error was told %d times", n)
		}
		mustReceive(t, fd)
	}
}

// Where nobody waits any more, nothing is told.
func TestErrorThatStaysIsNotWatchedForNobody(t *testing.T) {
	p := openPoller(t)
	fd, addr := stamped(t)
	mustArm(t, p, fd)
	tells(t, p, fd, true)
	mustSend(t, fd, addr)
	if n := tells(t, p, fd, false); n != 1 {
		t.Errorf("a datagram was told %d times", n)
	}
	mustSend(t, fd, addr)
	if n := tells(t, p, fd, false); n != 0 {
		t.Errorf("a datagram that nobody waits for was told %d times", n)
	}
}

// The number of a descriptor that was watched so may come back as another's.
func TestNumberOfAnErrorThatStaysComesBack(t *testing.T) {
	p := openPoller(t)
	fd, _ := stamped(t)
	mustArm(t, p, fd)
	tells(t, p, fd, true)
	r, w := testutil.Pipe(t)
	testutil.Disown(t, fd)
	if err := unix.Dup2(r, fd); err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	mustArm(t, p, fd)
	if _, err := unix.Write(w, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if n := tells(t, p, fd, false); n != 1 {
		t.Errorf("a byte in the pipe was told %d times", n)
	}
}
