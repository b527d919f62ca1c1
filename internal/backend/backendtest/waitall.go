//go:build unix

package backendtest

import (
	"bytes"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// receiveAll receives with MSG_WAITALL, into one buffer and into several: what
// comes in parts is one result.
func receiveAll(t *testing.T, w World) {
	for name, request := range map[string]func(fd int, buf []byte) *backend.Request{
		"recv": func(fd int, buf []byte) *backend.Request {
			return &backend.Request{Op: backend.OpRecv, FD: fd, Buf: buf, Flags: unix.MSG_WAITALL}
		},
		"recvmsg": func(fd int, buf []byte) *backend.Request {
			m := &backend.Message{Buffers: [][]byte{buf[:1], nil, buf[1:1200], buf[1200:]}}
			return &backend.Request{Op: backend.OpRecvMsg, FD: fd, Msg: m, Flags: unix.MSG_WAITALL}
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := allRig{newRig(t, w), request}
			t.Run("in parts", x.inParts)
			t.Run("the stream ends", x.streamEnds)
			t.Run("a cancel", x.canceled)
			t.Run("a datagram ends", x.datagram)
		})
	}
}

type allRig struct {
	*rig
	request func(fd int, buf []byte) *backend.Request
}

// wantPart checks that the first n bytes of buf are those of the stream, and that
// the rest is untouched.
func wantPart(t *testing.T, buf []byte, n int) {
	t.Helper()
	want := append(testutil.FileContents(0, n), make([]byte, len(buf)-n)...)
	if !bytes.Equal(buf, want) {
		t.Errorf("received %x, want %x", buf, want)
	}
}

// parts sends the first bytes of a stream in two parts, of which the receive with
// token waits for a third.
func (x allRig) parts(fd int, token backend.Token) {
	x.t.Helper()
	for _, part := range [][]byte{testutil.FileContents(0, 700), testutil.FileContents(700, 1500)} {
		x.want(x.do(send(fd, string(part))), len(part), "send")
		x.still(token)
	}
}

func (x allRig) inParts(t *testing.T) {
	a, b := x.world.SocketPair(t)
	buf := make([]byte, 3000)
	token := x.submit(x.request(a, buf))[0]
	x.parts(b, token)
	x.want(x.do(send(b, string(testutil.FileContents(2200, 801)))), 801, "send")
	x.want(x.result(token), 3000, "receive of all")
	wantPart(t, buf, 3000)
	x.want(x.do(recv(a, buf)), 1, "recv of what is behind")
}

func (x allRig) streamEnds(t *testing.T) {
	a, b := x.world.SocketPair(t)
	buf := make([]byte, 3000)
	token := x.submit(x.request(a, buf))[0]
	x.parts(b, token)
	x.want(x.do(&backend.Request{Op: backend.OpShutdown, FD: b, Flags: syscall.SHUT_WR}), 0, "shutdown")
	x.want(x.result(token), 2200, "receive of all, of a stream that ends")
	wantPart(t, buf, 2200)
}

func (x allRig) canceled(t *testing.T) {
	// io_uring takes in what arrives on the thread that submitted the receive: on
	// another, the cancellation may come first.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	a, b := x.world.SocketPair(t)
	buf := make([]byte, 3000)
	token := x.submit(x.request(a, buf))[0]
	x.parts(b, token)
	x.cancel(token, false)
	x.want(x.result(token), 2200, "receive of all that was cancelled")
	wantPart(t, buf, 2200)
}

func (x allRig) datagram(t *testing.T) {
	a, b := x.world.DatagramPair(t)
	for range 2 {
		x.want(x.do(send(b, string(testutil.FileContents(0, 40)))), 40, "send")
	}
	for range 2 {
		buf := make([]byte, 3000)
		x.want(x.do(x.request(a, buf)), 40, "receive of all, of a datagram")
		wantPart(t, buf, 40)
	}
}
