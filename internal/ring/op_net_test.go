//go:build linux

package ring

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

// loopback is a raw sockaddr_in for 127.0.0.1.
func loopback(port int) []byte {
	b := make([]byte, unix.SizeofSockaddrInet4)
	binary.NativeEndian.PutUint16(b, unix.AF_INET)
	b[2], b[3] = byte(port>>8), byte(port)
	copy(b[4:], []byte{127, 0, 0, 1})
	return b
}

// listen returns a listening TCP socket and its port.
func listen(t testing.TB) (fd, port int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Listen(fd, 16); err != nil {
		t.Fatal(err)
	}
	sa, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, sa.(*unix.SockaddrInet4).Port
}

// connect makes a TCP connection on the ring.
func connect(t testing.TB, r *Ring, port int) int {
	t.Helper()
	fd := int(run(t, r, func(s *SQE) { s.PrepSocket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0, 0) }))
	if fd < 0 {
		t.Skipf("socket: %v", unix.Errno(-fd)) // before 5.19
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	addr := loopback(port)
	wantRes(t, "connect", run(t, r, func(s *SQE) { s.PrepConnect(fd, addr) }), 0)
	return fd
}

// TestConnection goes through a connection's life on the ring alone.
func TestConnection(t *testing.T) {
	r := openRing(t, Config{})
	l, port := listen(t)
	peer, peerLen := make([]byte, unix.SizeofSockaddrAny), uint32(unix.SizeofSockaddrAny)
	a := nextSlot(t, r)
	a.PrepAccept(l, peer, &peerLen, unix.SOCK_CLOEXEC)
	a.UserData = 1
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
	ring2 := openRing(t, Config{}) // the other side, for results of its own
	c := connect(t, ring2, port)
	s := int(waitRes(t, r))
	if s < 0 {
		t.Fatalf("accept: %v", unix.Errno(-s))
	}
	defer unix.Close(s)
	if peerLen != unix.SizeofSockaddrInet4 || binary.NativeEndian.Uint16(peer) != unix.AF_INET {
		t.Errorf("peer's address: %d bytes, %v", peerLen, peer[:8])
	}
	buf := make([]byte, 16)
	wantRes(t, "send", run(t, r, func(q *SQE) { q.PrepSend(s, []byte("ping"), unix.MSG_NOSIGNAL) }), 4)
	wantRes(t, "recv", run(t, r, func(q *SQE) { q.PrepRecv(c, buf, 0) }), 4)
	if string(buf[:4]) != "ping" {
		t.Errorf("received %q", buf[:4])
	}
	wantRes(t, "send nothing", run(t, r, func(q *SQE) { q.PrepSend(s, nil, unix.MSG_NOSIGNAL) }), 0)
	wantRes(t, "shutdown", run(t, r, func(q *SQE) { q.PrepShutdown(s, unix.SHUT_WR) }), 0)
	wantRes(t, "recv at the end", run(t, r, func(q *SQE) { q.PrepRecv(c, buf, 0) }), 0)
	wantRes(t, "send after shutdown", run(t, r, func(q *SQE) { q.PrepSend(s, buf, unix.MSG_NOSIGNAL) }), neg(unix.EPIPE))
}

func TestConnectRefused(t *testing.T) {
	r := openRing(t, Config{})
	l, port := listen(t)
	_ = unix.Shutdown(l, unix.SHUT_RDWR)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	addr := loopback(port)
	wantRes(t, "connect", run(t, r, func(s *SQE) { s.PrepConnect(fd, addr) }), neg(unix.ECONNREFUSED))
}

func TestMessages(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	out, in := []byte("message"), make([]byte, 16)
	outV, inV := &unix.Iovec{Base: &out[0]}, &unix.Iovec{Base: &in[0]}
	outV.SetLen(len(out))
	inV.SetLen(len(in))
	outM, inM := &unix.Msghdr{Iov: outV}, &unix.Msghdr{Iov: inV}
	outM.SetIovlen(1)
	inM.SetIovlen(1)
	wantRes(t, "sendmsg", run(t, r, func(s *SQE) { s.PrepSendMsg(fds[0], outM, unix.MSG_NOSIGNAL) }), 7)
	wantRes(t, "recvmsg", run(t, r, func(s *SQE) { s.PrepRecvMsg(fds[1], inM, 0) }), 7)
	if string(in[:7]) != "message" {
		t.Errorf("received %q", in[:7])
	}
}
