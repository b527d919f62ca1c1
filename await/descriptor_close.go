package await

import (
	"context"
	"errors"
	"net"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/socket"
)

// use runs f with the number, which cannot be closed meanwhile: a close waits for f.
func (d *descriptor) use(f func(fd int) error) error {
	if d == nil {
		return errNoDescriptor
	}
	if !d.enter() {
		return errDescriptorClosed
	}
	defer d.release()
	return f(d.fd)
}

// refusing is more than there can be users.
const refusing = 1 << 40

// enter keeps the number from being closed until release, unless it is being. A read
// from the page cache is little more, so there is no lock: many goroutines read one file.
func (d *descriptor) enter() bool {
	if d.users.Add(1) > refusing {
		d.release()
		return false
	}
	return true
}

func (d *descriptor) release() {
	if d.users.Add(-1) == refusing {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.tellIfFree()
	}
}

// tellIfFree lets a close go on that waits for calls and users. The lock is held.
func (d *descriptor) tellIfFree() {
	if d.free != nil && !d.occupied() {
		close(d.free)
		d.free = nil
	}
}

// occupied reports whether there are calls under way or users, of a descriptor that
// is being closed. The lock is held.
func (d *descriptor) occupied() bool {
	for dir := range d.side {
		if d.side[dir].first != nil {
			return true
		}
	}
	return d.users.Load() > refusing
}

// close ends the calls under way with errDescriptorClosed, waits for them, and
// closes the descriptor. It fails if d is closed already.
func (d *descriptor) close() error {
	if d == nil {
		return errNoDescriptor
	}
	free, err := d.beginClose()
	if err != nil {
		return err
	}
	if free != nil {
		<-free
	}
	switch {
	case d.onDisk:
		if d.lent {
			d.loop.set.settle()
		}
		return closeNow(d.fd)
	case d.lingers:
		return d.loop.set.closeConn(d.fd)
	}
	return d.loop.set.closeFD(d.fd, d.stream)
}

// closeConn is closeFD for a connection, whose close(2) blocks where SO_LINGER
// says so: that is not for the proactor's loop, nor for its workers, of which there
// may be none free. The kernel is asked, since what
// the option is may have been set by many: through SyscallConn, a File, a Control
// function, on the listener, or by whoever had the connection before.
func (s *loopSet) closeConn(fd int) error {
	if socket.Lingers(fd) {
		s.settle()
		return closeNow(fd)
	}
	return s.closeFD(fd, true)
}

// beginClose refuses calls from now on, and asks those under way to stop. The
// channel, if there is one, tells when the number is free to be closed: not
// before all calls have ended, since some may be with a proactor that has just
// been closed, and not the one that will be asked to close the descriptor.
func (d *descriptor) beginClose() (free <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return nil, errDescriptorClosed
	}
	d.users.Add(refusing)
	d.evict()
	d.stir()
	if d.occupied() {
		d.free = make(chan struct{})
	}
	return d.free, nil
}

// closed reports whether close was called. It stays as it is while the lock is held.
func (d *descriptor) closed() bool {
	return d.users.Load() >= refusing
}

// evict asks all calls under way to stop, and ends the wait of those that are queued
// behind others. The lock is held.
func (d *descriptor) evict() {
	for dir := range d.side {
		d.side[dir].queue.end()
		for w := d.side[dir].first; w != nil; w = w.next {
			w.p.RequestCancel(&w.c)
		}
	}
}

// closeFD closes a descriptor also where the IO is closed already, and where its
// proactor has ended and another cannot start, for want of descriptors. stream says
// that it is a socket, which does not linger, or a pipe.
func (s *loopSet) closeFD(fd int, stream bool) error {
	ctx := context.Background()
	w, err := s.begin(ctx, fd, func(w *waiter) error {
		if stream {
			hook.SetStream(&w.c)
		}
		return w.p.CloseFD(&w.c, fd, deliver)
	})
	if err == nil {
		err = w.wait(ctx).Err
		s.giveBack(w)
		if !errors.Is(err, net.ErrClosed) {
			return causeOf(err)
		}
	}
	return closeNow(fd) // no proactor is going to
}

// backendRing is the backend on which all waits and closes are the kernel's.
const backendRing = "io_uring"

// closeNow closes a descriptor that nobody has, past any proactor.
func closeNow(fd int) error { return socket.CloseDescriptor(fd) }
