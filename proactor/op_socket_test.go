//go:build linux

package proactor_test

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// wantCloexec fails t unless fd is closed by exec.
func wantCloexec(t *testing.T, fd int) {
	t.Helper()
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags %#x, %v: want close-on-exec", flags, err)
	}
}

// wantNonblocking fails t unless fd's mode is as want says.
func wantNonblocking(t *testing.T, fd int, want bool) {
	t.Helper()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK != 0 != want {
		t.Errorf("status flags %#x, %v: want non-blocking %v", flags, err, want)
	}
}

func TestAcceptWaitsForAConnection(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		listener, addr := testutil.Listener(t)
		mode(t, listener)
		accept := start(t, func(o *op) error { return p.Accept(&o.c, listener, 0, o.done) })
		tickUnfinished(t, p, accept)
		conn, err := net.DialTCP("tcp", nil, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fd := descriptor(t, wait(t, p, accept))
		wantCloexec(t, fd)
		wantNonblocking(t, fd, false)
	})
}

func TestAcceptTakesAConnectionThatWaits(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		listener, addr := testutil.Listener(t)
		mode(t, listener)
		conn, err := net.DialTCP("tcp", nil, addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fd := descriptor(t, do(t, p, func(o *op) error {
			return p.Accept(&o.c, listener, unix.SOCK_NONBLOCK, o.done)
		}))
		wantCloexec(t, fd)
		wantNonblocking(t, fd, true)
	})
}

// dialers connect to a listener that each makes, and say who they are.
var dialers = map[string]func(t *testing.T) (net.Listener, net.Conn){
	"tcp4": func(t *testing.T) (net.Listener, net.Conn) { return dialed(t, "tcp4", "127.0.0.1:0", "") },
	"tcp6": func(t *testing.T) (net.Listener, net.Conn) { return dialed(t, "tcp6", "[::1]:0", "") },
	"both": func(t *testing.T) (net.Listener, net.Conn) { return dialed(t, "tcp", ":0", "") },
	"unix": func(t *testing.T) (net.Listener, net.Conn) { return dialed(t, "unix", t.TempDir()+"/s", "") },
	"unix with a name": func(t *testing.T) (net.Listener, net.Conn) {
		return dialed(t, "unix", t.TempDir()+"/s", t.TempDir()+"/c")
	},
}

// dialed is a listener and a connection in its backlog.
func dialed(t *testing.T, network, addr, from string) (net.Listener, net.Conn) {
	t.Helper()
	l, err := net.Listen(network, addr)
	if err != nil {
		t.Skipf("no %s here: %v", network, err)
	}
	t.Cleanup(func() { l.Close() })
	d, to := net.Dialer{}, l.Addr().String()
	if from != "" {
		d.LocalAddr = &net.UnixAddr{Name: from, Net: network}
	}
	if network == "tcp" { // IPv4 to a listener of both
		network, to = "tcp4", loopback(l.Addr().(*net.TCPAddr).Port).String()
	}
	conn, err := d.Dial(network, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return l, conn
}

func TestAcceptFromTellsWhoConnected(t *testing.T) {
	for name, dial := range dialers {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			l, conn := dial(t)
			listener, err := l.(interface{ File() (*os.File, error) }).File()
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			var from proactor.Peer
			fd := descriptor(t, do(t, p, func(o *op) error {
				return p.AcceptFrom(&o.c, int(listener.Fd()), unix.SOCK_NONBLOCK, &from, o.done)
			}))
			wantCloexec(t, fd)
			wantNonblocking(t, fd, true)
			switch want := conn.LocalAddr().(type) {
			case *net.TCPAddr:
				if from.AddrPort() != netip.AddrPortFrom(want.AddrPort().Addr().Unmap(), uint16(want.Port)) || from.Unix() != "" {
					t.Errorf("from %v, want %v", from.AddrPort(), want)
				}
			case *net.UnixAddr:
				if from.Unix() != strings.TrimPrefix(want.Name, "@") || from.AddrPort().IsValid() {
					t.Errorf("from %q, want %q", from.Unix(), want.Name)
				}
			}
		})
	}
}

func TestAcceptFromForgetsTheLastPeer(t *testing.T) {
	p := open(t, proactor.Config{})
	listener, addr := testutil.Listener(t)
	conn, err := net.DialTCP("tcp", nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var from proactor.Peer
	accept := func(o *op) error { return p.AcceptFrom(&o.c, listener, 0, &from, o.done) }
	descriptor(t, do(t, p, accept))
	if !from.AddrPort().IsValid() {
		t.Fatal("from nobody")
	}
	second := start(t, accept)
	tickUnfinished(t, p, second)
	p.RequestCancel(&second.c)
	wantIs(t, wait(t, p, second).Err, proactor.ErrCanceled)
	if got := from.AddrPort(); got.IsValid() {
		t.Errorf("nobody came, from %v", got)
	}
}

func TestSocketMakesASocket(t *testing.T) {
	p := open(t, proactor.Config{})
	for _, tt := range []struct{ family, typ int }{
		{unix.AF_INET, unix.SOCK_STREAM},
		{unix.AF_INET, unix.SOCK_DGRAM | unix.SOCK_NONBLOCK},
		{unix.AF_INET6, unix.SOCK_STREAM},
		{unix.AF_UNIX, unix.SOCK_STREAM},
	} {
		fd := descriptor(t, do(t, p, func(o *op) error {
			return p.Socket(&o.c, tt.family, tt.typ, 0, o.done)
		}))
		wantCloexec(t, fd)
		wantNonblocking(t, fd, tt.typ&unix.SOCK_NONBLOCK != 0)
		if got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_DOMAIN); got != tt.family || err != nil {
			t.Errorf("family %d, %v, want %d", got, err, tt.family)
		}
		if got, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE); got != tt.typ&0xf || err != nil {
			t.Errorf("type %d, %v, want %d", got, err, tt.typ&0xf)
		}
	}
}

func TestConnectToEveryKindOfAddress(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer udp.Close()
		tests := []struct {
			name        string
			family, typ int
			listen      func() (net.Listener, error)
			addr        net.Addr
		}{
			{"tcp4", unix.AF_INET, unix.SOCK_STREAM, func() (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") }, nil},
			{"tcp6", unix.AF_INET6, unix.SOCK_STREAM, func() (net.Listener, error) { return net.Listen("tcp6", "[::1]:0") }, nil},
			{"unix", unix.AF_UNIX, unix.SOCK_STREAM, func() (net.Listener, error) { return net.Listen("unix", t.TempDir()+"/s") }, nil},
			{"abstract", unix.AF_UNIX, unix.SOCK_STREAM, func() (net.Listener, error) { return net.Listen("unix", "@"+t.Name()) }, nil},
			{"udp", unix.AF_INET, unix.SOCK_DGRAM, nil, udp.LocalAddr()},
		}
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) {
				if tt.listen != nil {
					l, err := tt.listen()
					if err != nil && tt.family == unix.AF_INET6 {
						t.Skipf("no IPv6 here: %v", err)
					}
					if err != nil {
						t.Fatal(err)
					}
					defer l.Close()
					tt.addr = l.Addr()
				}
				fd := descriptor(t, do(t, p, func(o *op) error {
					return p.Socket(&o.c, tt.family, tt.typ, 0, o.done)
				}))
				mode(t, fd)
				wantN(t, do(t, p, func(o *op) error { return p.Connect(&o.c, fd, tt.addr, o.done) }), 0)
				if _, err := unix.Getpeername(fd); err != nil {
					t.Errorf("the socket has no peer: %v", err)
				}
			})
		}
	})
}

// pairs are the connections that a stream goes over.
var pairs = map[string]func(testing.TB) (a, b int){"tcp": testutil.TCPPair, "unix": testutil.SocketPair}

// overStreams runs test over each kind of stream, in both modes.
func overStreams(t *testing.T, test func(t *testing.T, p *proactor.Proactor, a, b int)) {
	for name, pair := range pairs {
		t.Run(name, func(t *testing.T) {
			bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
				p := open(t, proactor.Config{})
				a, b := pair(t)
				mode(t, a)
				test(t, p, a, b)
			})
		})
	}
}

func TestRecvTakesWhatIsThere(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		mustWrite(t, b, []byte("hello"))
		buf := make([]byte, 16)
		r := do(t, p, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
		wantN(t, r, 5)
		if string(buf[:5]) != "hello" {
			t.Errorf("received %q", buf[:5])
		}
		if !bytes.Equal(buf[5:], make([]byte, 11)) {
			t.Error("more was written than received")
		}
	})
}

func TestRecvWaitsForBytes(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		buf := make([]byte, 16)
		recv := start(t, func(o *op) error { return p.Recv(&o.c, a, buf, 0, o.done) })
		tickUnfinished(t, p, recv)
		mustWrite(t, b, []byte("late"))
		wantN(t, wait(t, p, recv), 4)
		if string(buf[:4]) != "late" {
			t.Errorf("received %q", buf[:4])
		}
	})
}

func TestRecvReportsTheEndAsZero(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 16), 0, o.done) })
		tickUnfinished(t, p, recv)
		testutil.Close(t, b)
		wantN(t, wait(t, p, recv), 0)
		wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 16), 0, o.done) }), 0)
	})
}

func TestRecvPeekLeavesTheBytes(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		mustWrite(t, b, []byte("again"))
		for _, flags := range []int{unix.MSG_PEEK, 0} {
			buf := make([]byte, 16)
			wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, a, buf, flags, o.done) }), 5)
			if string(buf[:5]) != "again" {
				t.Errorf("received %q", buf[:5])
			}
		}
	})
}

func TestRecvWaitAllFillsTheBuffer(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		buf := make([]byte, 10)
		recv := start(t, func(o *op) error { return p.Recv(&o.c, a, buf, unix.MSG_WAITALL, o.done) })
		tickUnfinished(t, p, recv)
		mustWrite(t, b, []byte("01234"))
		tickUnfinished(t, p, recv)
		mustWrite(t, b, []byte("56789and more"))
		wantN(t, wait(t, p, recv), 10)
		if string(buf) != "0123456789" {
			t.Errorf("received %q", buf)
		}
	})
}

func TestRecvWaitAllEndsAtTheEnd(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		buf := make([]byte, 10)
		recv := start(t, func(o *op) error { return p.Recv(&o.c, a, buf, unix.MSG_WAITALL, o.done) })
		mustWrite(t, b, []byte("01234"))
		tickUnfinished(t, p, recv)
		testutil.Close(t, b)
		wantN(t, wait(t, p, recv), 5)
	})
}

func TestRecvDontWaitDoesNotWait(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		r := do(t, p, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 4), unix.MSG_DONTWAIT, o.done) })
		wantIs(t, r.Err, syscall.EAGAIN)
		mustWrite(t, b, []byte("now"))
		wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 4), unix.MSG_DONTWAIT, o.done) }), 3)
	})
}

func TestSendSendsAllToASlowReader(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		sent := bigContents()
		send := start(t, func(o *op) error { return p.Send(&o.c, a, sent, 0, o.done) })
		tickUnfinished(t, p, send) // it does not fit
		received := readSlowly(t, b, big)
		wantN(t, wait(t, p, send), big)
		if !bytes.Equal(testutil.Receive(t, received, "all bytes"), sent) {
			t.Error("other bytes came than were sent")
		}
	})
}

func TestSendDontWaitSendsWhatFits(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		sent := bigContents()
		r := do(t, p, func(o *op) error { return p.Send(&o.c, a, sent, unix.MSG_DONTWAIT, o.done) })
		wantOK(t, r)
		if r.N <= 0 || r.N >= big {
			t.Errorf("sent %d of %d bytes", r.N, big)
		}
		if got := mustRead(t, b, r.N); !bytes.Equal(got, sent[:r.N]) {
			t.Error("other bytes came than were sent")
		}
	})
}

// wantNoSIGPIPE fails t if the process gets the signal before t ends.
func wantNoSIGPIPE(t *testing.T) {
	t.Helper()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGPIPE)
	t.Cleanup(func() {
		signal.Stop(signals)
		select {
		case <-signals:
			t.Error("SIGPIPE was raised")
		default:
		}
	})
}

func TestSendToNobodyIsEPIPEAndNoSignal(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		wantNoSIGPIPE(t)
		if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
			t.Fatal(err)
		}
		r := do(t, p, func(o *op) error { return p.Send(&o.c, a, []byte("x"), 0, o.done) })
		wantIs(t, r.Err, syscall.EPIPE)
		m := proactor.Message{Buffers: [][]byte{[]byte("x")}}
		r = do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &m, 0, o.done) })
		wantIs(t, r.Err, syscall.EPIPE)
	})
}

func TestShutdownEndsADirection(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		wantN(t, do(t, p, func(o *op) error { return p.Shutdown(&o.c, a, unix.SHUT_WR, o.done) }), 0)
		wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, b, make([]byte, 1), 0, o.done) }), 0)
		mustWrite(t, b, []byte("still"))
		wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 8), 0, o.done) }), 5)
		recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 8), 0, o.done) })
		tickUnfinished(t, p, recv)
		wantN(t, do(t, p, func(o *op) error { return p.Shutdown(&o.c, a, unix.SHUT_RDWR, o.done) }), 0)
		wantN(t, wait(t, p, recv), 0)
	})
}

func TestPollTellsWhatIsThere(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		r := do(t, p, func(o *op) error { return p.Poll(&o.c, a, unix.POLLOUT, o.done) })
		wantN(t, r, unix.POLLOUT)
		poll := start(t, func(o *op) error { return p.Poll(&o.c, a, unix.POLLIN, o.done) })
		tickUnfinished(t, p, poll)
		mustWrite(t, b, []byte("x"))
		wantN(t, wait(t, p, poll), unix.POLLIN)
		r = do(t, p, func(o *op) error { return p.Poll(&o.c, a, unix.POLLIN|unix.POLLOUT, o.done) })
		wantN(t, r, unix.POLLIN|unix.POLLOUT)
	})
}

func TestPollTellsOfAHangUpUnasked(t *testing.T) {
	p := open(t, proactor.Config{})
	r, w := testutil.Pipe(t)
	poll := start(t, func(o *op) error { return p.Poll(&o.c, r, unix.POLLIN, o.done) })
	tickUnfinished(t, p, poll)
	testutil.Close(t, w)
	wantN(t, wait(t, p, poll), unix.POLLHUP)
}

func TestTextOfAConnectErrorNamesTheAddress(t *testing.T) {
	p := open(t, proactor.Config{})
	fd := descriptor(t, do(t, p, func(o *op) error {
		return p.Socket(&o.c, unix.AF_UNIX, unix.SOCK_STREAM, 0, o.done)
	}))
	path := t.TempDir() + "/nobody"
	r := do(t, p, func(o *op) error { return p.Connect(&o.c, fd, &net.UnixAddr{Name: path, Net: "unix"}, o.done) })
	wantIs(t, r.Err, syscall.ENOENT, os.ErrNotExist)
	if !strings.Contains(r.Err.Error(), path) {
		t.Errorf("%q does not name %q", r.Err, path)
	}
}
