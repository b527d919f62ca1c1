//go:build unix

package sim

import (
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

func TestSocketRefusesWhatItDoesNotKnow(t *testing.T) {
	inWorld(t, Options{Descriptors: 1}, func(r *rig) {
		r.wantErrno(syscall.EAFNOSUPPORT, newSocket(999, unix.SOCK_STREAM, 0))
		r.wantErrno(syscall.EINVAL, newSocket(unix.AF_INET, 9, 0))
		r.wantErrno(syscall.EPROTONOSUPPORT, newSocket(unix.AF_INET, unix.SOCK_STREAM, 99))
		r.want(descriptorFirst, newSocket(unix.AF_INET, unix.SOCK_STREAM, 0))
		r.wantErrno(syscall.EMFILE, newSocket(unix.AF_INET, unix.SOCK_STREAM, 0))
	})
}

func TestConnectAndAccept(t *testing.T) {
	inWorld(t, Options{NetDelay: Span{time.Millisecond, time.Millisecond}}, func(r *rig) {
		l, addr := r.w.Listen(1)
		waiting := r.start(accept(l))
		c := int(r.do(newSocket(unix.AF_INET, unix.SOCK_STREAM, 0)))
		begin := time.Now()
		r.want(0, connect(c, rawAddress(addr)))
		if d := time.Since(begin); d != time.Millisecond {
			r.Errorf("connect took %v", d)
		}
		s := int(r.wait(waiting).Result)
		r.wantErrno(syscall.EISCONN, connect(c, rawAddress(addr)))
		r.want(3, send(c, "abc", 0))
		r.want(3, recv(s, make([]byte, 9), 0))
		r.wantOpen(l, c, s)
	})
}

func TestConnectWaitsForRoomInTheBacklog(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		l, addr := r.w.Listen(1)
		if _, err := r.w.Dial(addr); err != nil {
			t.Fatal(err)
		}
		if _, err := r.w.Dial(addr); err != syscall.ECONNREFUSED {
			t.Errorf("Dial at a full backlog: %v", err)
		}
		c := int(r.do(newSocket(unix.AF_INET, unix.SOCK_STREAM, 0)))
		token := r.start(connect(c, rawAddress(addr)))
		r.pending(token)
		s := r.do(accept(l))
		r.wantEvent(token, 0)
		if s2 := r.do(accept(l)); s2 != s+1 {
			r.Errorf("accepted %d, then %d", s, s2)
		}
	})
}

func TestConnectFails(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		c := int(r.do(newSocket(unix.AF_INET, unix.SOCK_STREAM, 0)))
		r.wantErrno(syscall.ECONNREFUSED, connect(c, rawAddress(r.w.Nobody())))
		r.wantErrno(syscall.ENOTCONN, recv(c, make([]byte, 1), 0))
		r.wantErrno(syscall.EPIPE, send(c, "x", 0))
		r.wantErrno(syscall.ENOTCONN, shutdown(c, unix.SHUT_WR))
		r.wantErrno(syscall.EINVAL, accept(c))
		_, name := r.w.ListenUnix("/sock", 1)
		r.wantErrno(syscall.EAFNOSUPPORT, connect(c, rawAddress(name)))
		u := int(r.do(newSocket(unix.AF_UNIX, unix.SOCK_STREAM, 0)))
		other := *name
		other.Name = "/other"
		r.wantErrno(syscall.ENOENT, connect(u, rawAddress(&other)))
		r.want(0, connect(u, rawAddress(name)))

		token := r.start(connect(c, rawAddress(r.w.Blackhole())))
		r.pass(time.Hour)
		r.pending(token)
		r.wantEvent(r.cancel(token), 0)
		r.wantEvent(token, canceled)
	})
}

func TestCloseOfAListenerRefusesItsBacklog(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		l, addr := r.w.Listen(1)
		peer, err := r.w.Dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		c := int(r.do(newSocket(unix.AF_INET, unix.SOCK_STREAM, 0)))
		token := r.start(connect(c, rawAddress(addr)))
		r.want(0, closeFD(l))
		r.wantEvent(token, -int(syscall.ECONNREFUSED))
		if !peer.Ended() {
			r.Error("the peer in the backlog sees no end")
		}
		r.wantOpen(c)
	})
}

func TestDatagrams(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		a, b := r.w.DatagramPair()
		buf := make([]byte, 3)
		r.want(5, send(a, "hello", 0))
		r.want(0, sendMsg(a, &backend.Message{}))
		m := &backend.Message{Buffers: [][]byte{buf}, Name: make([]byte, sockaddr.Room)}
		r.want(3, recvMsg(b, m))
		if m.Flags&unix.MSG_TRUNC == 0 || string(buf) != "hel" || !sockaddr.AddrPort(m.Name[:m.NameLen]).IsValid() {
			r.Errorf("got %q, %+v", buf, m)
		}
		r.want(0, recv(b, buf, 0))
		r.wantErrno(syscall.EAGAIN, recv(b, buf, unix.MSG_DONTWAIT))
		r.wantErrno(syscall.EMSGSIZE, send(a, string(make([]byte, datagramMax+1)), 0))
		r.wantErrno(syscall.EOPNOTSUPP, accept(a))
		r.want(0, closeFD(b))
		r.want(1, send(a, "x", 0))
		r.wantErrno(syscall.ECONNREFUSED, send(a, "x", 0))

		fd, addr := r.w.Datagrams()
		r.wantErrno(syscall.EDESTADDRREQ, send(fd, "x", 0))
		c := int(r.do(newSocket(unix.AF_INET, unix.SOCK_DGRAM, 0)))
		r.want(2, sendMsg(c, &backend.Message{Buffers: [][]byte{[]byte("hi")}, Name: rawAddress(addr)}))
		r.want(2, recv(fd, buf, 0))
		r.want(0, connect(c, rawAddress(addr)))
		r.want(2, send(c, "yo", 0))
		r.want(2, read(fd, buf, -1))
	})
}

func TestDatagramsGetLostAndOvertakeEachOther(t *testing.T) {
	o := Options{Loss: 0.3, WireDelay: Span{0, time.Second}}
	inWorld(t, o, func(r *rig) {
		a, b := r.w.DatagramPair()
		const sent = 200
		for i := range sent {
			r.want(1, send(a, string([]byte{byte(i)}), 0))
		}
		r.pass(time.Minute)
		buf := make([]byte, 1)
		seen, overtaken, last := map[byte]bool{}, false, -1
		for r.do(recv(b, buf, unix.MSG_DONTWAIT)) == 1 {
			if seen[buf[0]] {
				r.Errorf("datagram %d came twice", buf[0])
			}
			seen[buf[0]] = true
			overtaken = overtaken || int(buf[0]) < last
			last = int(buf[0])
		}
		if n := len(seen); n < sent/2 || n > sent*9/10 || !overtaken {
			r.Errorf("%d of %d arrived, overtaken %v", n, sent, overtaken)
		}
	})
}

func TestPoll(t *testing.T) {
	inWorld(t, Options{StreamBuffer: 4}, func(r *rig) {
		fd, peer := r.w.Conn()
		r.want(unix.POLLOUT, poll(fd, unix.POLLIN|unix.POLLOUT))
		token := r.start(poll(fd, unix.POLLIN))
		r.pending(token)
		peer.Write([]byte("x"))
		r.wantEvent(token, unix.POLLIN)
		r.want(4, send(fd, "full", 0))
		token = r.start(poll(fd, unix.POLLOUT))
		r.pending(token)
		peer.Read()
		r.wantEvent(token, unix.POLLOUT)
		token = r.start(poll(fd, 0))
		peer.Reset()
		if got := r.wait(token).Result; got&(unix.POLLERR|unix.POLLHUP) == 0 {
			r.Errorf("poll of a reset connection: %#x", got)
		}

		l, addr := r.w.Listen(1)
		token = r.start(poll(l, unix.POLLIN))
		if _, err := r.w.Dial(addr); err != nil {
			t.Fatal(err)
		}
		r.wantEvent(token, unix.POLLIN)
		in, out := r.w.Pipe()
		token = r.start(poll(in, unix.POLLIN))
		r.wantEvent(r.cancel(token), 0)
		r.wantEvent(token, canceled)
		r.want(unix.POLLOUT, poll(out, unix.POLLOUT))
		r.want(0, closeFD(in))
		r.want(unix.POLLOUT|unix.POLLERR, poll(out, unix.POLLOUT))
		r.want(unix.POLLOUT|unix.POLLHUP, poll(int(r.do(newSocket(unix.AF_INET, unix.SOCK_STREAM, 0))), unix.POLLOUT))
	})
}
