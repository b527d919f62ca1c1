//go:build unix

package proactor

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// payload is what a peer sends to make a receive complete.
var payload = []byte("what was sent")

func openAccept(t testing.TB) *operation {
	fd, addr := testutil.Listener(t)
	connect := func() {
		if err := unix.Connect(ownSocket(t, unix.AF_INET), inet4(addr)); err != nil {
			t.Fatalf("connect: %v", err)
		}
	}
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Accept(c, fd, 0, callback)
		},
		complete: func(*Proactor, *Completion) { connect() },
		check:    func(r Result) { closeNumber(t, r.N) },
		leftover: func(Result) {
			if n := arrived(t, fd, unix.POLLIN); n == 0 {
				t.Error("the connection is lost: nobody accepted it, and it waits no more")
				return
			}
			n, _, err := unix.Accept(fd)
			if err != nil {
				t.Fatalf("accept: %v", err)
			}
			closeNumber(t, n)
		},
	}
}

func openAcceptFrom(t testing.TB) *operation {
	o := openAccept(t)
	from := new(Peer)
	o.submit = func(p *Proactor, c *Completion, callback Callback) error {
		return p.AcceptFrom(c, o.fd, 0, from, callback)
	}
	check, leftover := o.check, o.leftover
	o.check = func(r Result) {
		if a := from.AddrPort(); !a.Addr().IsLoopback() || a.Port() == 0 {
			t.Errorf("accepted from %v", a)
		}
		check(r)
	}
	o.leftover = func(r Result) {
		if a := from.AddrPort(); a.IsValid() {
			t.Errorf("nobody was accepted, from %v", a)
		}
		leftover(r)
	}
	return o
}

// openConnectTCP connects to a listener that drops what comes: its backlog is
// full. Nothing makes that complete soon, as the kernel tries again after a
// second.
//
// Elsewhere a full backlog resets or refuses, and a receive takes the connect's place.
func openConnectTCP(t testing.TB) *operation {
	if runtime.GOOS != "linux" {
		return openRecv(testutil.TCPPair, 0)(t)
	}
	listener, addr := testutil.Listener(t)
	if err := unix.Listen(listener, 0); err != nil {
		t.Fatalf("listen: %v", err)
	}
	for range 3 {
		fd := ownSocket(t, unix.AF_INET)
		nonblock(t, fd)
		if err := unix.Connect(fd, inet4(addr)); err != nil && err != unix.EINPROGRESS {
			t.Fatalf("connect: %v", err)
		}
	}
	fd := ownSocket(t, unix.AF_INET)
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Connect(c, fd, addr, callback)
		},
	}
}

// openConnectUnix connects to a listener with a full backlog. The kernel waits
// for that in a worker thread.
//
// Elsewhere it refuses, and a receive takes the connect's place.
func openConnectUnix(t testing.TB) *operation {
	if runtime.GOOS != "linux" {
		return openRecv(testutil.SocketPair, 0)(t)
	}
	dir, err := os.MkdirTemp("", "unix") // t.TempDir is too long for an address
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(dir, "s")
	listener := ownSocket(t, unix.AF_UNIX)
	if err := unix.Bind(listener, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatalf("bind: %v", err)
	}
	if err := unix.Listen(listener, 0); err != nil {
		t.Fatalf("listen: %v", err)
	}
	for {
		fd := ownSocket(t, unix.AF_UNIX)
		nonblock(t, fd)
		err := unix.Connect(fd, &unix.SockaddrUnix{Name: path})
		if err == unix.EAGAIN {
			break
		}
		if err != nil {
			t.Fatalf("connect: %v", err)
		}
	}
	fd := ownSocket(t, unix.AF_UNIX)
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Connect(c, fd, &net.UnixAddr{Name: path, Net: "unix"}, callback)
		},
		complete: func(*Proactor, *Completion) {
			n, _, err := unix.Accept(listener)
			if err != nil {
				t.Fatalf("accept: %v", err)
			}
			testutil.Own(t, n)
		},
		check: func(Result) {
			if _, err := unix.Getpeername(fd); err != nil {
				t.Errorf("connected, but to nobody: %v", err)
			}
		},
	}
}

func openRecv(pair func(testing.TB) (int, int), flags int) func(t testing.TB) *operation {
	return func(t testing.TB) *operation {
		fd, peer := pair(t)
		buf := make([]byte, 64)
		if flags&unix.MSG_WAITALL != 0 {
			buf = buf[:len(payload)]
		}
		return receiving(t, fd, peer, buf, func(p *Proactor, c *Completion, callback Callback) error {
			return p.Recv(c, fd, buf, flags, callback)
		})
	}
}

func openRecvMsg(t testing.TB) *operation {
	fd, peer := testutil.SocketPair(t)
	buf := make([]byte, 64)
	m := &Message{Buffers: [][]byte{buf[:3], buf[3:]}}
	return receiving(t, fd, peer, buf, func(p *Proactor, c *Completion, callback Callback) error {
		return p.RecvMsg(c, fd, m, 0, callback)
	})
}

// receiving is an operation that waits for bytes from peer.
func receiving(t testing.TB, fd, peer int, buf []byte, submit func(*Proactor, *Completion, Callback) error) *operation {
	return &operation{
		fd: fd, peer: peer, buf: buf, submit: submit,
		complete: func(*Proactor, *Completion) { writeAll(t, peer, payload) },
		check: func(r Result) {
			if got := buf[:r.N]; !bytes.Equal(got, payload) {
				t.Errorf("got %q, want %q", got, payload)
			}
		},
		leftover: func(Result) {
			if got := readThere(t, fd); !bytes.Equal(got, payload) {
				t.Errorf("%q is left, want %q: bytes were lost", got, payload)
			}
		},
		late: func() {
			writeAll(t, peer, payload)
			if got := readThere(t, fd); !bytes.Equal(got, payload) {
				t.Errorf("%q came later, want %q: bytes were lost", got, payload)
			}
		},
	}
}

func openSend(t testing.TB) *operation {
	fd, peer := testutil.SocketPair(t)
	buf := bytes.Repeat([]byte{'s'}, 1000)
	return sending(t, fd, peer, len(buf), func(p *Proactor, c *Completion, callback Callback) error {
		return p.Send(c, fd, buf, 0, callback)
	})
}

func openSendMsg(t testing.TB) *operation {
	fd, peer := testutil.SocketPair(t)
	buf := bytes.Repeat([]byte{'m'}, 1000)
	m := &Message{Buffers: [][]byte{buf[:10], buf[10:]}}
	return sending(t, fd, peer, len(buf), func(p *Proactor, c *Completion, callback Callback) error {
		return p.SendMsg(c, fd, m, 0, callback)
	})
}

// sending is an operation that waits until there is room for n bytes on the way
// to peer.
func sending(t testing.TB, fd, peer, n int, submit func(*Proactor, *Completion, Callback) error) *operation {
	filled := fillUp(t, fd)
	arrived := 0
	arrive := func(want int) {
		if arrived += len(readThere(t, peer)); arrived != filled+want {
			t.Errorf("%d bytes arrived, want %d and the %d before", arrived-filled, want, filled)
		}
	}
	return &operation{
		fd: fd, submit: submit,
		complete: func(*Proactor, *Completion) { arrived += len(readThere(t, peer)) },
		check: func(r Result) {
			if r.N != n {
				t.Errorf("sent %d bytes, want %d", r.N, n)
			}
			arrive(n)
		},
		leftover: func(r Result) { arrive(r.N) },
	}
}

func openPoll(t testing.TB) *operation {
	fd, peer := testutil.SocketPair(t)
	return &operation{
		fd: fd, peer: peer,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Poll(c, fd, unix.POLLIN, callback)
		},
		complete: func(*Proactor, *Completion) { writeAll(t, peer, payload) },
		check: func(r Result) {
			if r.N != unix.POLLIN {
				t.Errorf("poll: got events %#x, want POLLIN", r.N)
			}
		},
		leftover: func(Result) {
			if got := readThere(t, fd); !bytes.Equal(got, payload) {
				t.Errorf("%q is there, want %q", got, payload)
			}
		},
	}
}

func openShutdown(t testing.TB) *operation {
	fd, _ := testutil.SocketPair(t)
	return &operation{
		fd: fd,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Shutdown(c, fd, unix.SHUT_WR, callback)
		},
		check: func(Result) {},
	}
}

func openSocket(t testing.TB) *operation {
	return &operation{
		fd: -1,
		submit: func(p *Proactor, c *Completion, callback Callback) error {
			return p.Socket(c, unix.AF_UNIX, unix.SOCK_STREAM, 0, callback)
		},
		check: func(r Result) { closeNumber(t, r.N) },
	}
}
