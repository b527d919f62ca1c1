//go:build unix

package backendtest

import (
	"bytes"
	"net"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

func stream(t *testing.T, r *rig) {
	a, b := r.world.SocketPair(t)
	buf := make([]byte, 16)
	waiting := r.submit(recv(a, buf))[0]
	r.still(waiting)
	r.want(r.do(send(b, "hello")), 5, "send")
	r.want(r.result(waiting), 5, "recv that waited")
	if got := string(buf[:5]); got != "hello" {
		t.Errorf("received %q", got)
	}
	r.want(r.do(send(b, "there")), 5, "send")
	r.want(r.do(recv(a, buf[:3])), 3, "recv of what is there")
	r.want(r.do(recv(a, buf)), 2, "recv of the rest")
	poll := r.submit(&backend.Request{Op: backend.OpPoll, FD: a, Flags: pollIn})[0]
	r.still(poll)
	r.want(r.do(&backend.Request{Op: backend.OpShutdown, FD: b, Flags: syscall.SHUT_WR}), 0, "shutdown")
	if events := r.result(poll); events <= 0 || events&pollIn == 0 {
		t.Errorf("poll: %s", describe(events))
	}
	r.want(r.do(recv(a, buf)), 0, "recv at the end")
	r.want(r.do(send(a, "back")), 4, "send the other way")
	r.want(r.do(recv(b, buf)), 4, "recv the other way")
}

func message(t *testing.T, r *rig) {
	a, b := r.world.DatagramPair(t)
	parts := [][]byte{make([]byte, 3), nil, make([]byte, 10)}
	m := &backend.Message{Buffers: parts, Name: make([]byte, sockaddr.Room)}
	waiting := r.submit(&backend.Request{Op: backend.OpRecvMsg, FD: a, Msg: m})[0]
	r.still(waiting)
	out := &backend.Message{Buffers: [][]byte{[]byte("da"), []byte("tagram")}}
	r.want(r.do(&backend.Request{Op: backend.OpSendMsg, FD: b, Msg: out}), 8, "sendmsg")
	r.want(r.result(waiting), 8, "recvmsg")
	if got := string(parts[0]) + string(parts[2][:5]); got != "datagram" {
		t.Errorf("received %q", got)
	}
	r.want(r.do(&backend.Request{Op: backend.OpSendMsg, FD: b, Msg: &backend.Message{}}), 0, "empty datagram")
	r.want(r.do(recv(a, parts[2])), 0, "recv of an empty datagram")
}

func connection(t *testing.T, r *rig) {
	listener, addr := r.world.Listen(t)
	accept := r.submit(&backend.Request{Op: backend.OpAccept, FD: listener})[0]
	r.still(accept)
	client := dial(r, addr)
	server := r.result(accept)
	if server < 0 {
		t.Fatalf("accept: %s", describe(server))
	}
	buf := make([]byte, 4)
	r.want(r.do(send(client, "ping")), 4, "send")
	r.want(r.do(recv(int(server), buf)), 4, "recv")
	hangUp(r, client, int(server))
}

// dial connects a new socket to addr.
func dial(r *rig, addr net.Addr) (fd int) {
	r.t.Helper()
	name := rawOf(r.t, addr)
	client := r.do(&backend.Request{Op: backend.OpSocket, FD: -1, Mode: syscall.AF_INET, Flags: syscall.SOCK_STREAM})
	if client < 0 {
		r.t.Fatalf("socket: %s", describe(client))
	}
	r.want(r.do(&backend.Request{Op: backend.OpConnect, FD: int(client), Name: name}), 0, "connect")
	return int(client)
}

func hangUp(r *rig, fds ...int) {
	r.t.Helper()
	for _, fd := range fds {
		r.want(r.do(&backend.Request{Op: backend.OpClose, FD: fd}), 0, "close")
	}
}

// peerAddress accepts with room for the peer's address, and with too little: the
// rest of it is cut off.
func peerAddress(t *testing.T, r *rig) {
	listener, addr := r.world.Listen(t)
	to := sockaddr.AddrPort(rawOf(t, addr))
	for _, room := range []int{sockaddr.Room, 4} {
		name := make([]byte, sockaddr.Room)
		accept := &backend.Request{Op: backend.OpAccept, FD: listener, Name: name[:room]}
		token := r.submit(accept)[0]
		r.still(token)
		client := dial(r, addr)
		server := r.result(token)
		if server < 0 {
			t.Fatalf("accept: %s", describe(server))
		}
		hangUp(r, client, int(server))
		if rest := name[accept.NameLen:]; int(accept.NameLen) > room || !bytes.Equal(rest, make([]byte, len(rest))) {
			t.Errorf("%d bytes in a room of %d, and then %x", accept.NameLen, room, rest)
		}
		from := sockaddr.AddrPort(name[:accept.NameLen])
		if room == len(name) && (from.Addr() != to.Addr() || from.Port() == 0 || from.Port() == to.Port()) {
			t.Errorf("from %v, listening on %v", from, to)
		}
	}
}

func rawOf(t *testing.T, addr net.Addr) []byte {
	t.Helper()
	raw, err := sockaddr.Append(nil, addr)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
