//go:build unix

package lawstest

import (
	"bytes"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

func (l *schedule) receive(t *thing) {
	if t.in == nil || t.closed {
		return
	}
	f := &operation{name: "receive", thing: t, buf: make([]byte, 1+l.chance.IntN(60))}
	f.legal = append(f.legal, syscall.ECONNRESET) // received asks whether there was one
	flags := pick(l, 0, 0, 0, unix.MSG_WAITALL, unix.MSG_DONTWAIT)
	way := l.chance.IntN(3)
	if t.out == nil {
		way, flags = 2, 0 // a pipe
	} else if way == 2 {
		flags = 0
	}
	if flags == unix.MSG_DONTWAIT {
		f.legal = append(f.legal, syscall.EAGAIN)
	}
	f.end = func(f *operation) { f.received(flags == unix.MSG_WAITALL) }
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		switch way {
		case 0:
			return l.p.Recv(c, t.fd, f.buf, flags, callback)
		case 1:
			half := len(f.buf) / 2
			return l.p.RecvMsg(c, t.fd, &proactor.Message{Buffers: [][]byte{f.buf[:half], f.buf[half:]}}, flags, callback)
		default:
			return l.p.Read(c, t.fd, f.buf, proactor.CurrentPosition, callback)
		}
	})
}

func (f *operation) received(whole bool) {
	l, t := f.l, f.thing
	n, err := f.r.N, f.r.Err
	if n > 0 {
		t.in.chunks = append(t.in.chunks, bytes.Clone(f.buf[:n]))
	}
	switch {
	case n > len(f.buf), err != nil && n > 0 && !whole:
		l.errorf("receive of up to %d got %d, %v", len(f.buf), n, err)
	case err == nil && (n == 0 || whole && n < len(f.buf)) && !t.atEnd():
		l.errorf("receive got %d of %d bytes, but there was no end", n, len(f.buf))
	case err != nil && op(err) == syscall.ECONNRESET && !t.farEnded():
		l.errorf("receive was told of a reset that did not happen")
	}
}

func (l *schedule) send(t *thing) {
	if t.out == nil || t.closed || t.out.sending {
		return
	}
	lane := t.out
	f := &operation{name: "send", thing: t}
	f.buf = lane.pattern(lane.sent, 1+l.chance.IntN(80))
	flags := pick(l, 0, 0, 0, 0, unix.MSG_DONTWAIT)
	way := l.chance.IntN(3)
	if t.in == nil {
		way = 2
	}
	if way == 2 {
		flags = 0
	}
	if flags == unix.MSG_DONTWAIT {
		f.legal = append(f.legal, syscall.EAGAIN)
	}
	f.legal = append(f.legal, syscall.EPIPE, syscall.ECONNRESET)
	lane.sending = true
	f.end = func(f *operation) { f.sent(flags != unix.MSG_DONTWAIT) }
	lane.sending = l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		switch way {
		case 0:
			return l.p.Send(c, t.fd, f.buf, flags, callback)
		case 1:
			third := len(f.buf) / 3
			return l.p.SendMsg(c, t.fd, &proactor.Message{Buffers: [][]byte{f.buf[:third], nil, f.buf[third:]}}, flags, callback)
		default:
			return l.p.Write(c, t.fd, f.buf, proactor.CurrentPosition, callback)
		}
	})
}

func (f *operation) sent(whole bool) {
	l, t := f.l, f.thing
	t.out.sending = false
	t.out.sent += f.r.N
	err := f.r.Err
	switch {
	case f.r.N > len(f.buf), err == nil && whole && f.r.N != len(f.buf):
		l.errorf("send of %d bytes: %d, %v", len(f.buf), f.r.N, err)
	case err != nil && (op(err) == syscall.EPIPE || op(err) == syscall.ECONNRESET) && !t.farEnded() && !t.mute:
		l.errorf("send ended with %v, but the other side is there", err)
	}
}

// onPeer is what the other side does.
func (l *schedule) onPeer(t *thing) {
	if t.peer == nil {
		return
	}
	switch n := l.chance.IntN(40); {
	case n < 25 && !t.ended && !t.reset:
		b := t.in.pattern(t.in.sent, 1+l.chance.IntN(60))
		t.in.sent += t.peer.Write(b)
	case n < 38:
		t.out.got = append(t.out.got, t.peer.Read()...)
	case n < 39:
		t.ended = true
		t.peer.CloseWrite()
	default:
		t.out.got = append(t.out.got, t.peer.Read()...)
		t.reset, t.in.broken, t.out.broken = true, true, true
		t.peer.Reset()
	}
}

func (l *schedule) shutdownThing(t *thing) {
	if t.in == nil || t.out == nil || t.closed {
		return
	}
	how := l.chance.IntN(3)
	f := &operation{name: "shutdown", thing: t}
	if l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Shutdown(c, t.fd, how, callback)
	}) {
		t.deaf = t.deaf || how != unix.SHUT_WR
		t.mute = t.mute || how != unix.SHUT_RD
	}
}

func (l *schedule) poll(t *thing) {
	if t.closed {
		return
	}
	f := &operation{name: "poll", thing: t}
	f.end = func(f *operation) {
		if f.r.Err == nil && f.r.N == 0 {
			l.errorf("poll found no event")
		}
	}
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Poll(c, t.fd, unix.POLLIN|unix.POLLOUT, callback)
	})
}
