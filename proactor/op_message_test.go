//go:build linux

package proactor_test

import (
	"bytes"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// udpSocket returns a socket bound to a free port of loopback, and its address.
func udpSocket(t *testing.T, ip net.IP) (int, *net.UDPAddr) {
	t.Helper()
	family, addr := unix.AF_INET, unix.Sockaddr(&unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if ip.To4() == nil {
		family, addr = unix.AF_INET6, &unix.SockaddrInet6{Addr: [16]byte(ip)}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Skipf("no socket of family %d: %v", family, err)
	}
	testutil.Own(t, fd)
	if err := unix.Bind(fd, addr); err != nil {
		t.Skipf("no loopback of family %d: %v", family, err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		return fd, &net.UDPAddr{IP: ip, Port: name.Port}
	case *unix.SockaddrInet6:
		return fd, &net.UDPAddr{IP: ip, Port: name.Port}
	}
	t.Fatalf("name of type %T", name)
	return 0, nil
}

func TestMessagesCarryIPAddresses(t *testing.T) {
	for name, ip := range map[string]net.IP{"IPv4": net.IPv4(127, 0, 0, 1), "IPv6": net.IPv6loopback} {
		t.Run(name, func(t *testing.T) {
			bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
				p := open(t, proactor.Config{})
				a, from := udpSocket(t, ip)
				b, to := udpSocket(t, ip)
				mode(t, a, b)
				in := proactor.Message{Buffers: [][]byte{make([]byte, 16)}}
				recv := start(t, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) })
				tickUnfinished(t, p, recv)
				out := proactor.Message{Buffers: [][]byte{[]byte("to whom")}, To: to}
				wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), 7)
				wantN(t, wait(t, p, recv), 7)
				if got := string(in.Buffers[0][:7]); got != "to whom" {
					t.Errorf("received %q", got)
				}
				if want := from.AddrPort(); in.From().Port() != want.Port() || in.From().Addr() != want.Addr().Unmap() {
					t.Errorf("from %v, want %v", in.From(), want)
				}
				if in.FromUnix() != "" {
					t.Errorf("from a unix socket %q", in.FromUnix())
				}
				if in.Flags&^unix.MSG_CMSG_CLOEXEC != 0 || in.ControlN != 0 {
					t.Errorf("flags %#x, %d control bytes, want none", in.Flags, in.ControlN)
				}
			})
		})
	}
}

func TestMessagesCarryUnixNames(t *testing.T) {
	p := open(t, proactor.Config{})
	dir := t.TempDir()
	for _, name := range []string{filepath.Join(dir, "sender"), "@" + dir, ""} {
		b, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, b)
		to := filepath.Join(dir, "receiver")
		_ = os.Remove(to)
		if err := unix.Bind(b, &unix.SockaddrUnix{Name: to}); err != nil {
			t.Fatal(err)
		}
		a, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		testutil.Own(t, a)
		if name != "" {
			if err := unix.Bind(a, &unix.SockaddrUnix{Name: name}); err != nil {
				t.Fatal(err)
			}
		}
		out := proactor.Message{Buffers: [][]byte{[]byte("hi")}, To: &net.UnixAddr{Name: to, Net: "unixgram"}}
		wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), 2)
		in := proactor.Message{Buffers: [][]byte{make([]byte, 8)}}
		wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), 2)
		if got := in.FromUnix(); got != name {
			t.Errorf("from %q, want %q", got, name)
		}
		if got := in.From(); got != (netip.AddrPort{}) {
			t.Errorf("from %v, want no IP address", got)
		}
	}
}

func TestMessagesGatherAndScatter(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		out := proactor.Message{Buffers: [][]byte{[]byte("one"), nil, []byte("two"), []byte("three")}}
		wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), 11)
		if got := string(mustRead(t, b, 11)); got != "onetwothree" {
			t.Errorf("sent %q", got)
		}
		mustWrite(t, b, []byte("onetwothree"))
		in := proactor.Message{Buffers: [][]byte{make([]byte, 3), {}, make([]byte, 4), make([]byte, 10)}}
		wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, a, &in, 0, o.done) }), 11)
		if string(in.Buffers[0]) != "one" || string(in.Buffers[2]) != "twot" || string(in.Buffers[3][:4]) != "hree" {
			t.Errorf("received %q", in.Buffers)
		}
	})
}

func TestMessagesOfTheMostBuffers(t *testing.T) {
	const most = 1024
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	var buffers [][]byte
	for i := range most {
		buffers = append(buffers, []byte{byte(i)})
	}
	out := proactor.Message{Buffers: buffers}
	wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), most)
	in := proactor.Message{}
	for range most {
		in.Buffers = append(in.Buffers, make([]byte, 1))
	}
	wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), most)
	if !bytes.Equal(bytes.Join(in.Buffers, nil), bytes.Join(out.Buffers, nil)) {
		t.Error("other bytes came than were sent")
	}
}

func TestSendMsgSendsAllToASlowReader(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		sent := bigContents()
		out := proactor.Message{Buffers: [][]byte{sent[:big/3], sent[big/3 : big/2], sent[big/2:]}}
		send := start(t, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) })
		tickUnfinished(t, p, send)
		received := readSlowly(t, b, big)
		r := wait(t, p, send)
		if r.N < big { // let the reader end
			t.Errorf("sent %d of %d bytes", r.N, big)
			if err := unix.Shutdown(a, unix.SHUT_WR); err != nil {
				t.Fatal(err)
			}
		}
		wantOK(t, r)
		if !bytes.Equal(testutil.Receive(t, received, "all bytes"), sent) {
			t.Error("other bytes came than were sent")
		}
	})
}

func TestRecvMsgWaitAllFillsTheBuffers(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		in := proactor.Message{Buffers: [][]byte{make([]byte, 4), make([]byte, 6)}}
		recv := start(t, func(o *op) error { return p.RecvMsg(&o.c, a, &in, unix.MSG_WAITALL, o.done) })
		tickUnfinished(t, p, recv)
		mustWrite(t, b, []byte("01234"))
		tickUnfinished(t, p, recv)
		mustWrite(t, b, []byte("56789and more"))
		wantN(t, wait(t, p, recv), 10)
		if got := string(bytes.Join(in.Buffers, nil)); got != "0123456789" {
			t.Errorf("received %q", got)
		}
	})
}

func TestSendMsgWithoutBuffersIsAnEmptyDatagram(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.UDPPair(t)
	var out proactor.Message
	wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), 0)
	in := proactor.Message{Buffers: [][]byte{make([]byte, 8)}}
	wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), 0)
	if !in.From().IsValid() {
		t.Error("nobody sent it")
	}
	wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), 0)
	wantN(t, do(t, p, func(o *op) error { return p.Recv(&o.c, b, make([]byte, 8), 0, o.done) }), 0)
}

func TestRecvMsgTellsOfATruncatedDatagram(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.UDPPair(t)
	mustWrite(t, a, []byte("too long"))
	in := proactor.Message{Buffers: [][]byte{make([]byte, 3)}}
	wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), 3)
	if in.Flags&unix.MSG_TRUNC == 0 {
		t.Errorf("flags %#x, want MSG_TRUNC", in.Flags)
	}
	mustWrite(t, a, []byte("fit"))
	wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), 3)
	if in.Flags&unix.MSG_TRUNC != 0 {
		t.Errorf("flags %#x of the last message", in.Flags)
	}
}

func TestMessagesCarryDescriptorsCloseOnExec(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		a, b := testutil.SocketPair(t)
		mode(t, a, b)
		file, _ := testutil.TempFile(t, 100)
		in := proactor.Message{Buffers: [][]byte{make([]byte, 8)}, Control: make([]byte, unix.CmsgSpace(4))}
		recv := start(t, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) })
		tickUnfinished(t, p, recv)
		out := proactor.Message{Buffers: [][]byte{[]byte("fd")}, Control: unix.UnixRights(file)}
		wantN(t, do(t, p, func(o *op) error { return p.SendMsg(&o.c, a, &out, 0, o.done) }), 2)
		wantN(t, wait(t, p, recv), 2)
		messages, err := unix.ParseSocketControlMessage(in.Control[:in.ControlN])
		if err != nil || len(messages) != 1 {
			t.Fatalf("%d control messages in %d bytes, %v", len(messages), in.ControlN, err)
		}
		fds, err := unix.ParseUnixRights(&messages[0])
		if err != nil || len(fds) != 1 {
			t.Fatalf("%d descriptors, %v", len(fds), err)
		}
		testutil.Own(t, fds[0])
		wantCloexec(t, fds[0])
		buf := make([]byte, 10)
		wantN(t, do(t, p, func(o *op) error { return p.Read(&o.c, fds[0], buf, 5, o.done) }), 10)
		if !bytes.Equal(buf, testutil.FileContents(5, 10)) {
			t.Error("it is another file")
		}
	})
}

// A Message that is received into again forgets what it told before.
func TestRecvMsgForgetsTheLastMessage(t *testing.T) {
	p := open(t, proactor.Config{})
	in := proactor.Message{Buffers: [][]byte{make([]byte, 8)}, Control: make([]byte, unix.CmsgSpace(4))}
	a, b := testutil.SocketPair(t)
	file, _ := testutil.TempFile(t, 0)
	if err := unix.Sendmsg(a, []byte("x"), unix.UnixRights(file), nil, 0); err != nil {
		t.Fatal(err)
	}
	wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), 1)
	if in.ControlN == 0 {
		t.Fatal("no descriptor came")
	}
	messages, err := unix.ParseSocketControlMessage(in.Control[:in.ControlN])
	if err != nil {
		t.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		t.Fatal(err)
	}
	testutil.Own(t, fds[0])

	a, b = testutil.UDPPair(t)
	mustWrite(t, a, []byte("from a port"))
	wantN(t, do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, 0, o.done) }), 8)
	if in.ControlN != 0 || !in.From().IsValid() || in.Flags&unix.MSG_TRUNC == 0 {
		t.Errorf("%d control bytes, from %v, flags %#x", in.ControlN, in.From(), in.Flags)
	}

	r := do(t, p, func(o *op) error { return p.RecvMsg(&o.c, b, &in, unix.MSG_DONTWAIT, o.done) })
	wantIs(t, r.Err, syscall.EAGAIN)
	if in.From().IsValid() || in.Flags != 0 {
		t.Errorf("after an error: from %v, flags %#x of the last message", in.From(), in.Flags)
	}
}
