//go:build unix

package proactor

import (
	"github.com/awaitio/awaitio/internal/socket"
	"net"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// What the lifecycle tests do to descriptors by plain system calls.

func ownSocket(t testing.TB, family int) int {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatalf("socket: %v", err)
	}
	unix.CloseOnExec(fd)
	testutil.Own(t, fd)
	return fd
}

func inet4(addr *net.TCPAddr) unix.Sockaddr {
	return &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To4())}
}

func nonblock(t testing.TB, fd int) {
	t.Helper()
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatalf("set non-blocking: %v", err)
	}
}

func blockAgain(t testing.TB, fd int) {
	t.Helper()
	if err := unix.SetNonblock(fd, false); err != nil {
		t.Fatalf("set blocking: %v", err)
	}
}

// closeNumber closes a descriptor that an operation made.
func closeNumber(t testing.TB, fd int) {
	t.Helper()
	if err := socket.CloseDescriptor(fd); err != nil {
		t.Errorf("close descriptor %d: %v", fd, err)
	}
}

// ready polls one descriptor without waiting.
func ready(t testing.TB, fd int, events int16) int16 {
	t.Helper()
	return readyIn(t, fd, events, 0)
}

// arrived is ready for what has been sent: only Linux's loopback interface has it
// there at once.
func arrived(t testing.TB, fd int, events int16) int16 {
	t.Helper()
	if runtime.GOOS == "linux" {
		return readyIn(t, fd, events, 0)
	}
	return readyIn(t, fd, events, 200*time.Millisecond)
}

func readyIn(t testing.TB, fd int, events int16, limit time.Duration) int16 {
	t.Helper()
	fds := []unix.PollFd{{Fd: int32(fd), Events: events}}
	for {
		_, err := unix.Poll(fds, int(limit.Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatalf("poll: %v", err)
		}
		return fds[0].Revents
	}
}

func writeAll(t testing.TB, fd int, b []byte) {
	t.Helper()
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatalf("write: %v", err)
		}
		b = b[n:]
	}
}

// fillUp writes until there is no room, and returns how much that was.
func fillUp(t testing.TB, fd int) (total int) {
	t.Helper()
	nonblock(t, fd)
	defer blockAgain(t, fd)
	for chunk := make([]byte, 4096); ; {
		n, err := unix.Write(fd, chunk)
		switch err {
		case nil:
			total += n
		case unix.EAGAIN:
			return total
		case unix.EINTR:
		default:
			t.Fatalf("write: %v", err)
		}
	}
}

// readThere reads what is there.
func readThere(t testing.TB, fd int) (got []byte) {
	t.Helper()
	for chunk := make([]byte, 1<<16); arrived(t, fd, unix.POLLIN)&unix.POLLIN != 0; {
		n, err := unix.Read(fd, chunk)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		if n == 0 {
			break
		}
		got = append(got, chunk[:n]...)
	}
	return got
}
