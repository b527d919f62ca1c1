//go:build linux

package ring

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// openFor opens path for a test, which is skipped where it is not there.
func openFor(t *testing.T, path string, flags int) int {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("open %s: %v", path, err)
	}
	testutil.Own(t, fd)
	return fd
}

// lingering is a TCP socket whose close may wait.
func lingering(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fd)
	if err := unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1, Linger: 1}); err != nil {
		t.Fatal(err)
	}
	return fd
}

// The way on which an operation begins, and the one on which it goes on where the
// attempt that is not to wait fails.
func TestRoute(t *testing.T) {
	file := func(t *testing.T) int { fd, _ := testutil.TempFile(t, 10); return fd }
	socket := func(t *testing.T) int { fd, _ := testutil.SocketPair(t); return fd }
	pipe := func(t *testing.T) int { fd, _ := testutil.Pipe(t); return fd }
	terminal := func(t *testing.T) int { return openFor(t, "/dev/ptmx", unix.O_RDWR) }
	direct := func(t *testing.T) int {
		_, path := testutil.TempFile(t, 10)
		return openFor(t, path, unix.O_RDWR|unix.O_DIRECT)
	}
	epoll := func(t *testing.T) int {
		fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, fd)
		return fd
	}
	const none = unix.Errno(0)
	streams := wayPlain
	if !pipesNeedNotWait() {
		streams = wayTry
	}
	for _, c := range []struct {
		name   string
		open   func(t *testing.T) int
		op     backend.Op
		first  way
		fails  unix.Errno
		second way
	}{
		{"read of a socket", socket, backend.OpRead, wayPlain, none, 0},
		{"write to a pipe", pipe, backend.OpWrite, streams, none, 0},
		{"buffered read", file, backend.OpRead, wayTry, unix.EAGAIN, wayPlain},
		{"buffered write", file, backend.OpWrite, wayWorker, none, 0},
		{"direct read", direct, backend.OpRead, wayTry, unix.EAGAIN, wayWorker},
		{"direct write", direct, backend.OpWriteV, wayTry, unix.EAGAIN, wayWorker},
		{"read of a file that knows no RWF_NOWAIT", file, backend.OpReadV, wayTry, unix.EOPNOTSUPP, wayWorker},
		{"read of procfs", func(t *testing.T) int { return openFor(t, "/proc/self/stat", unix.O_RDONLY) }, backend.OpRead, wayTry, unix.EOPNOTSUPP, wayWorker},
		{"terminal", terminal, backend.OpWrite, wayTry, unix.EOPNOTSUPP, wayApart},
		{"terminal in non-blocking mode", func(t *testing.T) int { return openFor(t, "/dev/ptmx", unix.O_RDWR|unix.O_NONBLOCK) }, backend.OpRead, wayTry, unix.EOPNOTSUPP, wayPlain},
		{"read of an epoll descriptor", epoll, backend.OpRead, wayTry, unix.EOPNOTSUPP, wayAnswered},
		{"write to an epoll descriptor", epoll, backend.OpWriteV, wayTry, unix.EOPNOTSUPP, wayAnswered},
		{"socket of an old kernel", socket, backend.OpRead, wayPlain, unix.EOPNOTSUPP, wayPlain},
		{"sync", file, backend.OpFsync, wayWorker, none, 0},
		{"write and sync", file, backend.OpWriteSync, wayWorker, none, 0},
		{"close of a file", file, backend.OpClose, wayWorker, none, 0},
		{"close of a terminal", terminal, backend.OpClose, wayWorker, none, 0},
		{"close of a socket", socket, backend.OpClose, wayPlain, none, 0},
		{"close of a socket that lingers", lingering, backend.OpClose, wayWorker, none, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := openSeam(t, Config{})
			r := &backend.Request{Op: c.op, FD: c.open(t), Offset: -1}
			if got := s.route(r); got != c.first {
				t.Errorf("begins on way %d, want %d", got, c.first)
			}
			if c.fails != none {
				if got := s.second(r, c.fails); got != c.second {
					t.Errorf("goes on, after %v, on way %d, want %d", c.fails, got, c.second)
				}
			}
		})
	}
	s := openSeam(t, Config{})
	if got := s.route(&backend.Request{Op: backend.OpRead, FD: file(t), MayHang: true}); got != wayApart {
		t.Errorf("what may hang begins on way %d", got)
	}
	for op, fd := range map[backend.Op]int{backend.OpRead: socket(t), backend.OpReadV: pipe(t)} {
		if got := s.route(&backend.Request{Op: op, FD: fd, Offset: 0}); got != wayAnswered || s.answer != -int32(unix.ESPIPE) {
			t.Errorf("a transfer at an offset of what has none begins on way %d, %d", got, s.answer)
		}
	}
}

// A descriptor that is said to be a file of a disk is asked about only after an attempt
// that failed: the statement is believed, and does no harm if it is not true.
func TestRouteOfADisk(t *testing.T) {
	s := openSeam(t, Config{})
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, epoll)
	r := &backend.Request{Op: backend.OpRead, FD: epoll, Offset: 0, Disk: true}
	if got := s.route(r); got != wayTry {
		t.Errorf("the first attempt goes %v, want %v", got, wayTry)
	}
	if got := s.second(r, unix.EOPNOTSUPP); got != wayAnswered {
		t.Errorf("the second attempt goes %v, want %v", got, wayAnswered)
	}
	file, _ := testutil.TempFile(t, 10)
	if got := s.route(&backend.Request{Op: backend.OpWrite, FD: file, Disk: true}); got != wayWorker {
		t.Errorf("a buffered write goes %v, want %v", got, wayWorker)
	}
}
