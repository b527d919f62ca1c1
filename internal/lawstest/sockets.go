//go:build unix

package lawstest

import (
	"bytes"
	"encoding/binary"
	"syscall"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// onDatagrams sends a datagram or receives one.
func (l *schedule) onDatagrams() {
	if l.chance.IntN(2) == 0 {
		l.sentDgrams++
		f := &operation{name: "send datagram", thing: l.datagramsA, buf: datagramOf(l.sentDgrams)}
		f.end = func(f *operation) {
			if f.r.Err == nil && f.r.N != len(f.buf) {
				l.errorf("%d of %d bytes of a datagram were sent", f.r.N, len(f.buf))
			}
		}
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.SendMsg(c, f.thing.fd, &proactor.Message{Buffers: [][]byte{f.buf}}, 0, callback)
		})
		return
	}
	f := &operation{name: "receive datagram", thing: l.datagramsB, buf: make([]byte, 100)}
	f.end = func(f *operation) {
		if f.r.Err != nil {
			return
		}
		got := f.buf[:f.r.N]
		number := binary.BigEndian.Uint32(got)
		if number > l.sentDgrams || l.gotDgrams[number] || !bytes.Equal(got, datagramOf(number)) {
			l.errorf("datagram %d of %d came twice, or mangled", number, l.sentDgrams)
		}
		l.gotDgrams[number] = true
	}
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Recv(c, f.thing.fd, f.buf, 0, callback)
	})
}

func datagramOf(number uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, number)
	return append(b, testutil.FileContents(int(number), int(number%50))...)
}

// onListener accepts, connects from outside, or from inside.
func (l *schedule) onListener() {
	switch l.chance.IntN(3) {
	case 0:
		f := &operation{name: "accept", thing: l.listener, end: (*operation).gained}
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.Accept(c, l.listener.fd, 0, callback)
		})
	case 1:
		if _, err := l.w.Dial(l.address); err != nil && err != syscall.ECONNREFUSED {
			l.errorf("Dial: %v", err)
		}
	default:
		for _, t := range l.things {
			if t.in == nil && t.out == nil && !t.closed && !t.fixed {
				l.connect(t)
				return
			}
		}
	}
}

// connect is of whatever descriptor was gained, so that not each is a socket.
func (l *schedule) connect(t *thing) {
	f := &operation{name: "connect", thing: t}
	f.legal = []syscall.Errno{syscall.ECONNREFUSED, syscall.EISCONN, syscall.EALREADY, syscall.ENOTSOCK}
	to := pick(l, l.address, l.address, l.nobody, l.blackhole)
	l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Connect(c, t.fd, to, callback)
	})
}
