//go:build unix

package lawstest

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// gained takes over the descriptor that an operation made.
func (f *operation) gained() {
	if f.r.Err != nil {
		return
	}
	f.l.newThing(f.r.N)
	if f.abandoned {
		f.l.errorf("%s, which was abandoned, ended with descriptor %d", f.name, f.r.N)
	}
}

// newDescriptor opens a file or makes a socket.
func (l *schedule) newDescriptor() {
	f := &operation{name: "open", end: (*operation).gained}
	switch l.chance.IntN(4) {
	case 3:
		l.newConn()
	case 0:
		f.name = "socket"
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.Socket(c, unix.AF_INET, unix.SOCK_STREAM, 0, callback)
		})
	case 1:
		f.legal = []syscall.Errno{syscall.ENOENT}
		f.end = func(f *operation) {
			if f.r.Err == nil {
				l.errorf("opened a file that is not there")
			}
		}
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.OpenAt(c, proactor.AtCWD, "/none", os.O_RDONLY, 0, callback)
		})
	default:
		path := pick(l, "/file", "/stuck")
		l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error {
			return l.p.OpenAt(c, proactor.AtCWD, path, os.O_RDONLY, 0, callback)
		})
	}
}

// closeThing closes a descriptor, at times twice.
func (l *schedule) closeThing(t *thing) {
	if t.fixed || t.closed {
		return
	}
	f := &operation{name: "close", timeless: true}
	before := len(l.ops)
	f.end = func(f *operation) { f.closedThing(t, l.ops[:before]) }
	if t.foreign {
		// The loop may still wait for the event of an earlier close of the number.
		f.also = []error{l.inside.DescriptorClosed}
	}
	if !l.submit(f, func(c *proactor.Completion, callback proactor.Callback) error { return l.p.CloseFD(c, t.fd, callback) }) {
		return
	}
	t.closed = true
	for _, lane := range []*lane{t.in, t.out} {
		if lane != nil {
			lane.broken = true
		}
	}
	if l.driven || t.foreign || l.chance.IntN(3) > 0 {
		return
	}
	// The loop has not looked since: both find the descriptor being closed.
	twice := &operation{name: "second close", thing: t, timeless: true}
	late := &operation{name: "receive after close", thing: t, buf: make([]byte, 1)}
	for _, f := range []*operation{twice, late} {
		f.end = func(f *operation) {
			if f.r.Err == nil {
				l.errorf("%s succeeded", f.name)
			}
		}
	}
	l.submit(twice, func(c *proactor.Completion, callback proactor.Callback) error { return l.p.CloseFD(c, t.fd, callback) })
	l.submit(late, func(c *proactor.Completion, callback proactor.Callback) error {
		return l.p.Read(c, t.fd, late.buf, proactor.CurrentPosition, callback)
	})
}

// closedThing is the end of a close. What was under way has ended before.
func (f *operation) closedThing(t *thing, before []*operation) {
	l := f.l
	if t.foreign && f.r.Err != nil && op(f.r.Err) == l.inside.DescriptorClosed {
		t.closed = false // it is still open, and can be closed later
		return
	}
	l.open[t.fd]--
	for _, x := range before {
		if x.thing == t && x.calls == 0 {
			l.errorf("descriptor %d was closed while a %s was under way", t.fd, x.name)
		}
	}
}
