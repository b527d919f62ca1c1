//go:build linux

package proactor_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestClosedDescriptorIsEBADFThroughTheCallback(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 0)
	testutil.Close(t, fd)
	for _, fd := range []int{fd, 1 << 20, 1<<31 - 1} {
		for name, submit := range operations(p, fd) {
			r := do(t, p, submit)
			wantIs(t, r.Err, syscall.EBADF)
			checkOpError(t, r.Err, name, fd)
			if r.N != 0 {
				t.Errorf("%s: N is %d", name, r.N)
			}
		}
	}
}

func TestNotASocketIsENOTSOCKThroughTheCallback(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 10)
	all := operations(p, fd)
	for _, name := range []string{"accept", "connect", "recv", "send", "recvmsg", "sendmsg", "shutdown"} {
		r := do(t, p, all[name])
		wantIs(t, r.Err, syscall.ENOTSOCK)
		checkOpError(t, r.Err, name, fd)
	}
}

// An errnoCase provokes one error of one operation.
type errnoCase struct {
	op    string
	errno syscall.Errno
	is    error // a standard sentinel it is too, or nil
	setup func(t *testing.T, p *proactor.Proactor) (fd int, submit func(o *op) error)
}

func TestErrnos(t *testing.T) {
	for _, table := range [][]errnoCase{acceptErrnos, connectErrnos, recvErrnos, sendErrnos, fileErrnos, openErrnos, otherErrnos} {
		for _, tt := range table {
			t.Run(tt.op+"/"+unix.ErrnoName(tt.errno), tt.check)
		}
	}
}

// Root may open everything, so another user tries.
func TestOpenWithoutPermission(t *testing.T) {
	testutil.AsNobody(t, func() { openWithoutPermission.check(t) })
}

func (tt errnoCase) check(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, submit := tt.setup(t, p)
	r := do(t, p, submit)
	if !errors.Is(r.Err, tt.errno) {
		t.Fatalf("got %d, %v, want %v", r.N, r.Err, tt.errno)
	}
	checkOpError(t, r.Err, tt.op, fd)
	if tt.is != nil {
		wantIs(t, r.Err, tt.is)
	}
	if r.N != 0 && tt.op != "send" {
		t.Errorf("N is %d besides an error", r.N)
	}
}

// socket returns one that t closes.
func socket(t *testing.T, family, typ int) int {
	t.Helper()
	fd, err := unix.Socket(family, typ|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatalf("socket: %v", err)
	}
	testutil.Own(t, fd)
	return fd
}

// closedPort is one of loopback where nobody listens.
func closedPort(t *testing.T) *net.TCPAddr {
	t.Helper()
	fd, addr := testutil.Listener(t)
	testutil.Close(t, fd)
	return addr
}

// noDescriptors leaves the process without any to open until t ends.
// The standard descriptors stay; no other number is to be had.
func noDescriptors(t *testing.T) {
	t.Helper()
	var old unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: hardLimit(t)}, &old); err != nil {
		t.Fatalf("prlimit: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, &old, nil); err != nil {
			t.Errorf("prlimit: %v", err)
		}
	})
}

func hardLimit(t *testing.T) uint64 {
	t.Helper()
	var now unix.Rlimit
	if err := unix.Prlimit(0, unix.RLIMIT_NOFILE, nil, &now); err != nil {
		t.Fatalf("prlimit: %v", err)
	}
	return now.Max
}

// resetPair is a connection whose other side sent a reset.
func resetPair(t *testing.T) int {
	t.Helper()
	a, b := testutil.TCPPair(t)
	if err := unix.SetsockoptLinger(b, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1}); err != nil {
		t.Fatal(err)
	}
	testutil.Close(t, b)
	return a
}

// fullListener is a listening socket that answers no further connection.
func fullListener(t *testing.T) *net.TCPAddr {
	t.Helper()
	fd, addr := testutil.Listener(t)
	if err := unix.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	to := &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}}
	for range 8 {
		c := socket(t, unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK)
		if err := unix.Connect(c, to); err != nil && err != unix.EINPROGRESS {
			t.Fatal(err)
		}
	}
	return addr
}

var acceptErrnos = []errnoCase{
	{"accept", unix.EINVAL, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := socket(t, unix.AF_INET, unix.SOCK_STREAM) // does not listen
		return fd, func(o *op) error { return p.Accept(&o.c, fd, 0, o.done) }
	}},
	{"accept", unix.EOPNOTSUPP, errors.ErrUnsupported, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := socket(t, unix.AF_INET, unix.SOCK_DGRAM)
		return fd, func(o *op) error { return p.Accept(&o.c, fd, 0, o.done) }
	}},
	{"accept", unix.EMFILE, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, addr := testutil.Listener(t)
		c := socket(t, unix.AF_INET, unix.SOCK_STREAM)
		if err := unix.Connect(c, &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}}); err != nil {
			t.Fatal(err)
		}
		noDescriptors(t)
		return fd, func(o *op) error { return p.Accept(&o.c, fd, 0, o.done) }
	}},
}

// connecting is the setup of a connect from a new socket.
func connecting(family, typ int, addr func(t *testing.T) net.Addr) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		to, fd := addr(t), socket(t, family, typ)
		return fd, func(o *op) error { return p.Connect(&o.c, fd, to, o.done) }
	}
}

var connectErrnos = []errnoCase{
	{"connect", unix.ECONNREFUSED, nil, connecting(unix.AF_INET, unix.SOCK_STREAM, func(t *testing.T) net.Addr { return closedPort(t) })},
	{"connect", unix.ECONNREFUSED, nil, connecting(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, func(t *testing.T) net.Addr { return closedPort(t) })},
	{"connect", unix.ENOENT, fs.ErrNotExist, connecting(unix.AF_UNIX, unix.SOCK_STREAM, func(t *testing.T) net.Addr {
		return &net.UnixAddr{Name: t.TempDir() + "/none", Net: "unix"}
	})},
	{"connect", unix.ECONNREFUSED, nil, connecting(unix.AF_UNIX, unix.SOCK_STREAM, func(t *testing.T) net.Addr {
		path := t.TempDir() + "/file"
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return &net.UnixAddr{Name: path, Net: "unix"}
	})},
	{"connect", unix.EAFNOSUPPORT, nil, connecting(unix.AF_INET, unix.SOCK_STREAM, func(t *testing.T) net.Addr {
		return &net.TCPAddr{IP: net.IPv6loopback, Port: 9}
	})},
	{"connect", unix.EACCES, fs.ErrPermission, connecting(unix.AF_INET, unix.SOCK_DGRAM, func(t *testing.T) net.Addr {
		return &net.UDPAddr{IP: net.IPv4bcast, Port: 9}
	})},
	{"connect", unix.EPROTOTYPE, nil, connecting(unix.AF_UNIX, unix.SOCK_STREAM, func(t *testing.T) net.Addr {
		path, d := t.TempDir()+"/dgram", socket(t, unix.AF_UNIX, unix.SOCK_DGRAM)
		if err := unix.Bind(d, &unix.SockaddrUnix{Name: path}); err != nil {
			t.Fatal(err)
		}
		return &net.UnixAddr{Name: path, Net: "unix"}
	})},
	{"connect", unix.EAGAIN, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		path, l := t.TempDir()+"/full", socket(t, unix.AF_UNIX, unix.SOCK_STREAM)
		if err := errors.Join(unix.Bind(l, &unix.SockaddrUnix{Name: path}), unix.Listen(l, 0)); err != nil {
			t.Fatal(err)
		}
		for {
			c := socket(t, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK)
			switch err := unix.Connect(c, &unix.SockaddrUnix{Name: path}); err {
			case nil:
			case unix.EAGAIN:
				fd := socket(t, unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_NONBLOCK)
				return fd, func(o *op) error { return p.Connect(&o.c, fd, &net.UnixAddr{Name: path, Net: "unix"}, o.done) }
			default:
				t.Fatal(err)
			}
		}
	}},
	{"connect", unix.EISCONN, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, b := testutil.TCPPair(t)
		name, err := unix.Getsockname(b)
		if err != nil {
			t.Fatal(err)
		}
		port := name.(*unix.SockaddrInet4).Port
		return fd, func(o *op) error { return p.Connect(&o.c, fd, loopback(port), o.done) }
	}},
	{"connect", unix.EADDRNOTAVAIL, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		_, addr := testutil.Listener(t)
		to := &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}}
		from := &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}
		var fds [2]int
		for i := range fds { // two from one port to one address
			fds[i] = socket(t, unix.AF_INET, unix.SOCK_STREAM)
			err := unix.SetsockoptInt(fds[i], unix.SOL_SOCKET, unix.SO_REUSEADDR, 1)
			if err := errors.Join(err, unix.Bind(fds[i], from)); err != nil {
				t.Fatal(err)
			}
			name, err := unix.Getsockname(fds[i])
			if err != nil {
				t.Fatal(err)
			}
			from = name.(*unix.SockaddrInet4)
		}
		if err := unix.Connect(fds[0], to); err != nil {
			t.Fatal(err)
		}
		return fds[1], func(o *op) error { return p.Connect(&o.c, fds[1], addr, o.done) }
	}},
	{"connect", unix.EALREADY, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		addr := fullListener(t)
		fd := socket(t, unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK)
		err := unix.Connect(fd, &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte{127, 0, 0, 1}})
		if err != unix.EINPROGRESS {
			t.Fatalf("connect to a full listener: %v", err)
		}
		return fd, func(o *op) error { return p.Connect(&o.c, fd, addr, o.done) }
	}},
	{"connect", unix.ETIMEDOUT, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		addr := fullListener(t)
		fd := socket(t, unix.AF_INET, unix.SOCK_STREAM)
		if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 1); err != nil {
			t.Fatal(err)
		}
		return fd, func(o *op) error { return p.Connect(&o.c, fd, addr, o.done) }
	}},
}

// receiving is the setup of a receive from the socket that prepare returns.
func receiving(flags int, prepare func(t *testing.T) int) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := prepare(t)
		return fd, func(o *op) error { return p.Recv(&o.c, fd, make([]byte, 4), flags, o.done) }
	}
}

// refused is a UDP socket to which a datagram came back.
func refused(t *testing.T) int {
	t.Helper()
	a, b := testutil.UDPPair(t)
	testutil.Close(t, b)
	mustWrite(t, a, []byte("anybody?"))
	return a
}

var recvErrnos = []errnoCase{
	{"recv", unix.ENOTCONN, nil, receiving(0, func(t *testing.T) int { return socket(t, unix.AF_INET, unix.SOCK_STREAM) })},
	{"recv", unix.ECONNRESET, nil, receiving(0, resetPair)},
	{"recv", unix.ECONNREFUSED, nil, receiving(0, refused)},
	{"recv", unix.EINVAL, nil, receiving(unix.MSG_OOB, func(t *testing.T) int { a, _ := testutil.TCPPair(t); return a })},
	{"recv", unix.EAGAIN, nil, receiving(unix.MSG_DONTWAIT, func(t *testing.T) int { a, _ := testutil.TCPPair(t); return a })},
	{"recvmsg", unix.ENOTCONN, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, m := socket(t, unix.AF_INET, unix.SOCK_STREAM), &proactor.Message{Buffers: [][]byte{make([]byte, 4)}}
		return fd, func(o *op) error { return p.RecvMsg(&o.c, fd, m, 0, o.done) }
	}},
	{"recvmsg", unix.ECONNREFUSED, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, m := refused(t), &proactor.Message{Buffers: [][]byte{make([]byte, 4)}}
		return fd, func(o *op) error { return p.RecvMsg(&o.c, fd, m, 0, o.done) }
	}},
}

// sending is the setup of a send on the socket that prepare returns.
func sending(size, flags int, prepare func(t *testing.T) int) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := prepare(t)
		return fd, func(o *op) error { return p.Send(&o.c, fd, make([]byte, size), flags, o.done) }
	}
}

// sendingTo is the setup of a message from a new socket to an address.
func sendingTo(family, typ int, to net.Addr) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, m := socket(t, family, typ), &proactor.Message{Buffers: [][]byte{[]byte("x")}, To: to}
		return fd, func(o *op) error { return p.SendMsg(&o.c, fd, m, 0, o.done) }
	}
}

var sendErrnos = []errnoCase{
	{"send", unix.EPIPE, nil, sending(4, 0, func(t *testing.T) int {
		a, b := testutil.SocketPair(t)
		testutil.Close(t, b)
		return a
	})},
	{"send", unix.ECONNRESET, nil, sending(4, 0, resetPair)},
	{"send", unix.ECONNREFUSED, nil, sending(4, 0, refused)},
	{"send", unix.EMSGSIZE, nil, sending(70000, 0, func(t *testing.T) int { a, _ := testutil.UDPPair(t); return a })},
	{"send", unix.ENOTCONN, nil, sending(4, 0, func(t *testing.T) int { return socket(t, unix.AF_UNIX, unix.SOCK_DGRAM) })},
	{"send", unix.EDESTADDRREQ, nil, sending(4, 0, func(t *testing.T) int { return socket(t, unix.AF_INET, unix.SOCK_DGRAM) })},
	{"send", unix.EOPNOTSUPP, errors.ErrUnsupported, sending(4, unix.MSG_OOB, func(t *testing.T) int { a, _ := testutil.UDPPair(t); return a })},
	{"send", unix.EAGAIN, nil, sending(4, unix.MSG_DONTWAIT, func(t *testing.T) int {
		a, _ := testutil.SocketPair(t)
		for {
			switch _, err := unix.SendmsgN(a, make([]byte, 4096), nil, nil, unix.MSG_DONTWAIT); err {
			case nil, unix.EINTR:
			case unix.EAGAIN:
				return a
			default:
				t.Fatal(err)
			}
		}
	})},
	{"sendmsg", unix.EACCES, fs.ErrPermission, sendingTo(unix.AF_INET, unix.SOCK_DGRAM, &net.UDPAddr{IP: net.IPv4bcast, Port: 9})},
	{"sendmsg", unix.EAFNOSUPPORT, nil, sendingTo(unix.AF_INET, unix.SOCK_DGRAM, &net.UDPAddr{IP: net.IPv6loopback, Port: 9})},
	{"sendmsg", unix.EPIPE, nil, sendingTo(unix.AF_INET, unix.SOCK_STREAM, nil)},
	{"sendmsg", unix.EISCONN, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, _ := testutil.SocketPair(t)
		m := &proactor.Message{Buffers: [][]byte{[]byte("x")}, To: &net.UnixAddr{Name: "@x", Net: "unix"}}
		return fd, func(o *op) error { return p.SendMsg(&o.c, fd, m, 0, o.done) }
	}},
}

// reading and writing are the setups of one on the descriptor from prepare.
func reading(size int, offset int64, prepare func(t *testing.T) int) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := prepare(t)
		return fd, func(o *op) error { return p.Read(&o.c, fd, make([]byte, size), offset, o.done) }
	}
}

func writing(size int, offset int64, prepare func(t *testing.T) int) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := prepare(t)
		return fd, func(o *op) error { return p.Write(&o.c, fd, make([]byte, size), offset, o.done) }
	}
}

// opened opens path with flags.
func opened(t *testing.T, path string, flags int) int {
	t.Helper()
	fd, err := unix.Open(path, flags|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skipf("cannot open %s: %v", path, err)
	}
	testutil.Own(t, fd)
	return fd
}

// direct is a file opened with O_DIRECT, where the file system demands
// alignment; plain reads show whether it does.
func direct(t *testing.T) int {
	t.Helper()
	_, path := testutil.TempFile(t, 8192)
	fd := opened(t, path, unix.O_RDWR|unix.O_DIRECT)
	if _, err := unix.Pread(fd, make([]byte, 100), 3); err != unix.EINVAL {
		t.Skipf("this file system takes unaligned reads with O_DIRECT: %v", err)
	}
	return fd
}

var fileErrnos = []errnoCase{
	{"read", unix.EBADF, nil, reading(4, 0, func(t *testing.T) int {
		_, path := testutil.TempFile(t, 10)
		return opened(t, path, unix.O_WRONLY)
	})},
	{"read", unix.EISDIR, nil, reading(4, 0, func(t *testing.T) int { return opened(t, t.TempDir(), unix.O_RDONLY) })},
	{"read", unix.EINVAL, nil, reading(100, 3, direct)},
	{"read", unix.EIO, nil, reading(4, 0, func(t *testing.T) int { return opened(t, "/proc/self/mem", unix.O_RDONLY) })},
	{"read", unix.ECONNRESET, nil, reading(4, proactor.CurrentPosition, resetPair)},
	{"write", unix.EBADF, nil, writing(4, 0, func(t *testing.T) int {
		_, path := testutil.TempFile(t, 10)
		return opened(t, path, unix.O_RDONLY)
	})},
	{"write", unix.EINVAL, nil, writing(100, 3, direct)},
	{"write", unix.ENOSPC, nil, writing(4, 0, func(t *testing.T) int { return opened(t, "/dev/full", unix.O_WRONLY) })},
	{"write", unix.EFBIG, nil, writing(4, 1<<62, func(t *testing.T) int {
		fd, _ := testutil.TempFile(t, 0)
		if _, err := unix.Pwrite(fd, []byte("x"), 1<<62); err != unix.EFBIG {
			t.Skipf("this file system has room at 4 EiB: %v", err)
		}
		return fd
	})},
	{"write", unix.EPERM, fs.ErrPermission, writing(4, 0, func(t *testing.T) int {
		fd, err := unix.MemfdCreate("sealed", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
		if err != nil {
			t.Skipf("no memfd: %v", err)
		}
		testutil.Own(t, fd)
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_WRITE); err != nil {
			t.Skipf("no seals: %v", err)
		}
		return fd
	})},
	{"write", unix.EPIPE, nil, writing(4, proactor.CurrentPosition, func(t *testing.T) int {
		r, w := testutil.Pipe(t)
		testutil.Close(t, r)
		return w
	})},
	{"write", unix.EDESTADDRREQ, nil, writing(4, proactor.CurrentPosition, func(t *testing.T) int {
		return socket(t, unix.AF_INET, unix.SOCK_DGRAM)
	})},
	{"write and fsync", unix.EINVAL, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		_, w := testutil.Pipe(t)
		return w, func(o *op) error { return p.WriteSync(&o.c, w, []byte("x"), proactor.CurrentPosition, 0, o.done) }
	}},
	{"write and fsync", unix.EBADF, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		_, path := testutil.TempFile(t, 10)
		fd := opened(t, path, unix.O_RDONLY)
		return fd, func(o *op) error { return p.WriteSync(&o.c, fd, []byte("x"), 0, 0, o.done) }
	}},
	{"readv", unix.EISDIR, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := opened(t, t.TempDir(), unix.O_RDONLY)
		return fd, func(o *op) error { return p.ReadV(&o.c, fd, [][]byte{make([]byte, 4)}, 0, o.done) }
	}},
	{"writev", unix.ENOSPC, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := opened(t, "/dev/full", unix.O_WRONLY)
		return fd, func(o *op) error { return p.WriteV(&o.c, fd, [][]byte{{1}, {2}}, 0, o.done) }
	}},
	{"fsync", unix.EINVAL, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		_, w := testutil.Pipe(t)
		return w, func(o *op) error { return p.Fsync(&o.c, w, 0, o.done) }
	}},
}

// opening is the setup of an open of the path that prepare returns.
func opening(flags int, prepare func(t *testing.T) string) func(*testing.T, *proactor.Proactor) (int, func(o *op) error) {
	return func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		path := prepare(t)
		return proactor.AtCWD, func(o *op) error { return p.OpenAt(&o.c, proactor.AtCWD, path, flags, 0o600, o.done) }
	}
}

func tempPath(t *testing.T) string {
	t.Helper()
	_, path := testutil.TempFile(t, 0)
	return path
}

var openErrnos = []errnoCase{
	{"openat", unix.ENOENT, fs.ErrNotExist, opening(unix.O_RDONLY, func(t *testing.T) string { return t.TempDir() + "/none" })},
	{"openat", unix.ENOENT, fs.ErrNotExist, opening(unix.O_RDONLY, func(t *testing.T) string { return "" })},
	{"openat", unix.EEXIST, fs.ErrExist, opening(unix.O_CREAT|unix.O_EXCL|unix.O_RDWR, tempPath)},
	{"openat", unix.EISDIR, nil, opening(unix.O_WRONLY, func(t *testing.T) string { return t.TempDir() })},
	{"openat", unix.ENOTDIR, nil, opening(unix.O_RDONLY, func(t *testing.T) string { return tempPath(t) + "/x" })},
	{"openat", unix.ENOTDIR, nil, opening(unix.O_RDONLY|unix.O_DIRECTORY, tempPath)},
	{"openat", unix.ELOOP, nil, opening(unix.O_RDONLY, func(t *testing.T) string {
		path := t.TempDir() + "/loop"
		if err := os.Symlink(path, path); err != nil {
			t.Fatal(err)
		}
		return path
	})},
	{"openat", unix.ENAMETOOLONG, nil, opening(unix.O_RDONLY, func(t *testing.T) string {
		return filepath.Join(t.TempDir(), strings.Repeat("n", 256))
	})},
	{"openat", unix.EINVAL, nil, opening(unix.O_TMPFILE|unix.O_RDONLY, func(t *testing.T) string { return t.TempDir() })},
	{"openat", unix.ENXIO, nil, opening(unix.O_WRONLY|unix.O_NONBLOCK, func(t *testing.T) string {
		path := t.TempDir() + "/fifo"
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	})},
	{"openat", unix.EMFILE, nil, opening(unix.O_RDONLY, func(t *testing.T) string {
		path := tempPath(t)
		noDescriptors(t)
		return path
	})},
}

var openWithoutPermission = errnoCase{"openat", unix.EACCES, fs.ErrPermission, opening(unix.O_RDONLY, func(t *testing.T) string {
	path := tempPath(t)
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	return path
})}

var otherErrnos = []errnoCase{
	{"statx", unix.ENOTDIR, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		path := tempPath(t) + "/x"
		return proactor.AtCWD, func(o *op) error {
			return p.Statx(&o.c, proactor.AtCWD, path, 0, 0, new(proactor.Stat), o.done)
		}
	}},
	{"statx", unix.EINVAL, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		return proactor.AtCWD, func(o *op) error {
			return p.Statx(&o.c, proactor.AtCWD, "/", 1<<30, 0, new(proactor.Stat), o.done)
		}
	}},
	{"shutdown", unix.ENOTCONN, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd := socket(t, unix.AF_INET, unix.SOCK_STREAM)
		return fd, func(o *op) error { return p.Shutdown(&o.c, fd, unix.SHUT_WR, o.done) }
	}},
	{"shutdown", unix.EINVAL, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		fd, _ := testutil.TCPPair(t)
		return fd, func(o *op) error { return p.Shutdown(&o.c, fd, 99, o.done) }
	}},
	{"socket", unix.EAFNOSUPPORT, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		return -1, func(o *op) error { return p.Socket(&o.c, 9999, unix.SOCK_STREAM, 0, o.done) }
	}},
	{"socket", unix.EPROTONOSUPPORT, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		return -1, func(o *op) error { return p.Socket(&o.c, unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_UDP, o.done) }
	}},
	{"socket", unix.EMFILE, nil, func(t *testing.T, p *proactor.Proactor) (int, func(o *op) error) {
		noDescriptors(t)
		return -1, func(o *op) error { return p.Socket(&o.c, unix.AF_INET, unix.SOCK_STREAM, 0, o.done) }
	}},
}
