//go:build unix

package sim

import (
	"bytes"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

func TestStreamCarriesBytesBothWays(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		a, b := r.w.SocketPair()
		buf := make([]byte, 10)
		token := r.start(recv(b, buf, 0))
		r.pending(token)
		r.want(5, send(a, "hello", 0))
		r.wantEvent(token, 5)
		if string(buf[:5]) != "hello" {
			r.Errorf("got %q", buf[:5])
		}
		r.want(2, write(b, "yo", -1))
		r.want(2, read(a, buf, -1))
		if string(buf[:2]) != "yo" {
			r.Errorf("got %q", buf[:2])
		}
		r.want(0, closeFD(a))
		r.want(0, closeFD(b))
		r.wantOpen()
	})
}

func TestStreamSegmentsArriveInOrderEachInItsTime(t *testing.T) {
	o := Options{Segment: Sizes{Min: 1, Max: 7}, WireDelay: Span{time.Millisecond, time.Second}}
	inWorld(t, o, func(r *rig) {
		fd, peer := r.w.Conn()
		sent := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), 10)
		if n := peer.Write(sent); n != len(sent) {
			r.Fatalf("wrote %d bytes", n)
		}
		var got []byte
		begin, sizes := time.Now(), map[int]bool{}
		for len(got) < len(sent) {
			buf := make([]byte, 100)
			n := r.do(recv(fd, buf, 0))
			got = append(got, buf[:n]...)
			sizes[n] = true
		}
		if !bytes.Equal(got, sent) {
			r.Error("the bytes are not those sent")
		}
		if d := time.Since(begin); d < time.Millisecond || d > time.Minute || len(sizes) < 3 {
			r.Errorf("it took %v in pieces of sizes %v", d, sizes)
		}
	})
}

func TestReceiveOfTheWholeGoesOn(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		fd, peer := r.w.Conn()
		buf := make([]byte, 6)
		token := r.start(recv(fd, buf, unix.MSG_WAITALL))
		peer.Write([]byte("abc"))
		r.pending(token)
		peer.Write([]byte("defgh"))
		r.wantEvent(token, 6)
		if string(buf) != "abcdef" {
			r.Errorf("got %q", buf)
		}
		r.want(2, recv(fd, buf, unix.MSG_PEEK))
		r.want(2, recv(fd, buf, 0))
		token = r.start(recv(fd, buf, unix.MSG_WAITALL))
		peer.Write([]byte("x"))
		r.wantEvent(r.cancel(token), 0)
		r.wantEvent(token, 1) // what had come is not lost
		r.wantErrno(syscall.EAGAIN, recv(fd, buf, unix.MSG_DONTWAIT))
	})
}

func TestSendWaitsForRoom(t *testing.T) {
	inWorld(t, Options{StreamBuffer: 8}, func(r *rig) {
		fd, peer := r.w.Conn()
		token := r.start(send(fd, "0123456789", 0))
		r.pending(token)
		r.wantErrno(syscall.EAGAIN, send(fd, "x", unix.MSG_DONTWAIT))
		if got := peer.Read(); string(got) != "01234567" {
			r.Errorf("the peer got %q", got)
		}
		r.wantEvent(token, 10)
		token = r.start(send(fd, "abcdefghij", 0))
		r.wantEvent(r.cancel(token), 0)
		r.wantEvent(token, 6) // the part that is out counts
		token = r.start(send(fd, "nothing of this", 0))
		r.wantEvent(r.cancel(token), 0)
		r.wantEvent(token, canceled)
		if got := peer.Read(); string(got) != "89abcdef" {
			r.Errorf("the peer got %q", got)
		}
		r.want(8, send(fd, "partly what is said", unix.MSG_DONTWAIT))
	})
}

func TestStreamHalfClose(t *testing.T) {
	inWorld(t, Options{WireDelay: Span{Max: time.Millisecond}}, func(r *rig) {
		fd, peer := r.w.Conn()
		buf := make([]byte, 10)
		peer.Write([]byte("last"))
		peer.CloseWrite()
		r.want(4, recv(fd, buf, unix.MSG_WAITALL))
		r.want(0, recv(fd, buf, 0))
		r.want(3, send(fd, "yes", 0))
		r.want(0, shutdown(fd, unix.SHUT_WR))
		r.wantErrno(syscall.EPIPE, send(fd, "no", 0))
		r.pass(time.Second)
		if got := peer.Read(); string(got) != "yes" || !peer.Ended() {
			r.Errorf("the peer got %q, ended %v", got, peer.Ended())
		}

		fd, _ = r.w.Conn()
		token := r.start(recv(fd, buf, 0))
		r.want(0, shutdown(fd, unix.SHUT_RD))
		r.wantEvent(token, 0)
		r.wantErrno(syscall.EINVAL, shutdown(fd, 3))
	})
}

func TestStreamReset(t *testing.T) {
	inWorld(t, Options{WireDelay: Span{time.Second, time.Second}}, func(r *rig) {
		fd, peer := r.w.Conn()
		buf := make([]byte, 10)
		peer.Write([]byte("arrives"))
		r.pass(2 * time.Second)
		peer.Write([]byte("is lost"))
		peer.Reset()
		r.want(7, recv(fd, buf, 0))
		r.wantErrno(syscall.ECONNRESET, recv(fd, buf, 0))
		r.want(0, recv(fd, buf, 0))
		r.wantErrno(syscall.EPIPE, send(fd, "x", 0))

		fd, peer = r.w.Conn()
		token := r.start(recv(fd, buf, 0))
		r.pending(token)
		peer.Reset()
		r.wantEvent(token, -int(syscall.ECONNRESET))

		fd, peer = r.w.Conn()
		peer.Write([]byte("unread"))
		r.want(0, closeFD(fd)) // which resets
		if peer.s.pending != syscall.ECONNRESET || peer.Write([]byte("x")) != 0 {
			r.Error("the peer was not told")
		}
	})
}

func TestCloseOfThePeer(t *testing.T) {
	inWorld(t, Options{StreamBuffer: 4}, func(r *rig) {
		fd, peer := r.w.Conn()
		token := r.start(send(fd, "too much", 0))
		peer.Close() // unread bytes: a reset
		r.wantEvent(token, 4)
		r.wantErrno(syscall.ECONNRESET, send(fd, "x", 0))
		r.wantErrno(syscall.EPIPE, send(fd, "x", 0))

		fd, peer = r.w.Conn()
		peer.Close()
		r.wantErrno(syscall.EPIPE, send(fd, "x", 0))
		r.want(0, recv(fd, make([]byte, 1), 0))
	})
}

func TestShortCounts(t *testing.T) {
	inWorld(t, Options{ShortReads: 1, ShortWrites: 1}, func(r *rig) {
		fd, peer := r.w.Conn()
		n := r.do(send(fd, strings.Repeat("x", 1000), 0))
		if got := len(peer.Read()); n < 1 || n >= 1000 || int(n) != got {
			r.Errorf("sent %d, the peer got %d", n, got)
		}
		peer.Write(make([]byte, 1000))
		buf := make([]byte, 1000)
		if n = r.do(recv(fd, buf, 0)); n < 1 || n >= 1000 {
			r.Errorf("received %d", n)
		}
		r.want(1000-n, recv(fd, buf[n:], unix.MSG_WAITALL))
	})
}

func TestPipe(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		in, out := r.w.Pipe()
		buf := make([]byte, 4)
		token := r.start(read(in, buf, -1))
		r.want(3, write(out, "abc", -1))
		r.wantEvent(token, 3)
		r.wantErrno(syscall.ESPIPE, read(in, buf, 0))
		r.wantErrno(syscall.EBADF, read(out, buf, -1))
		r.wantErrno(syscall.EBADF, write(in, "x", -1))
		r.wantErrno(syscall.ENOTSOCK, recv(in, buf, 0))
		r.wantErrno(syscall.EINVAL, fsync(in))
		token = r.start(read(in, buf, -1))
		r.want(0, closeFD(out))
		r.wantEvent(token, 0)
		in, out = r.w.Pipe()
		r.want(0, closeFD(in))
		r.wantErrno(syscall.EPIPE, write(out, "x", -1))
	})
}

func TestMessagesGatherAndScatter(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		a, b := r.w.SocketPair()
		r.want(6, sendMsg(a, &backend.Message{Buffers: [][]byte{[]byte("ab"), nil, []byte("cdef")}}))
		m := &backend.Message{Buffers: [][]byte{make([]byte, 1), make([]byte, 3), make([]byte, 9)}}
		r.want(6, recvMsg(b, m))
		if got := string(m.Buffers[0]) + string(m.Buffers[1]) + string(m.Buffers[2][:2]); got != "abcdef" {
			r.Errorf("got %q", got)
		}
		r.wantErrno(syscall.EISCONN, sendMsg(a, &backend.Message{
			Buffers: [][]byte{{1}}, Name: rawAddress(r.w.Nobody()),
		}))
	})
}
