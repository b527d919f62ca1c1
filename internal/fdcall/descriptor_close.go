package fdcall

import (
	"context"
	"errors"
	"net"

	"github.com/awaitio/awaitio/internal/hook"
)

// Use runs f with the number, which cannot be closed meanwhile: a close waits for f.
func (d *Descriptor) Use(f func(fd int) error) error {
	if d == nil {
		return ErrNoDescriptor
	}
	if !d.enter() {
		return ErrDescriptorClosed
	}
	defer d.release()
	return f(d.FD)
}

// enter keeps the number from being closed until release, and reports false if it is being
// closed. There is no lock, since many goroutines read one file: a read from the page
// cache costs little more than one.
func (d *Descriptor) enter() bool {
	if d.users.Add(1) > refusing {
		d.release()
		return false
	}
	return true
}

func (d *Descriptor) release() {
	if d.users.Add(-1) >= refusing {
		d.released()
	}
}

// released tells a close of a user that has left.
func (d *Descriptor) released() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.signalClose()
}

// leaveUser counts a user whose caller leaves it.
func (d *Descriptor) leaveUser() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leftUsers++
	d.signalClose()
}

// releaseLeft is release of a user whose caller may have left it.
func (d *Descriptor) releaseLeft(left bool) {
	if left {
		d.mu.Lock()
		d.leftUsers--
		d.mu.Unlock()
	}
	d.release()
}

// signalClose lets a close go on that waits for calls and users: when there are none, or only
// such as their callers have left. The lock is held.
func (d *Descriptor) signalClose() {
	if d.onlyLeft == nil && d.free == nil {
		return
	}
	occupied, left := d.occupied()
	if d.free != nil && !occupied {
		close(d.free)
		d.free = nil
	}
	if d.onlyLeft != nil && (!occupied || left) {
		close(d.onlyLeft)
		d.onlyLeft = nil
	}
}

// occupied reports whether there are calls under way or users, of a descriptor that is being closed,
// and whether the callers of all of them have left. The lock is held.
//
// It reads the users once: one that is refused counts for a moment, and is not left.
func (d *Descriptor) occupied() (occupied, left bool) {
	calls, users := 0, d.users.Load()-refusing
	for dir := range d.side {
		calls += d.side[dir].calls.Size
	}
	return calls > 0 || users > 0, calls == d.leftCalls && users == d.leftUsers
}

// Close ends the calls under way with ErrDescriptorClosed, waits for them, and
// closes the descriptor. It fails if d is closed already, and with ErrLeft if calls are left to
// the kernel: then the descriptor is closed when that lets go.
func (d *Descriptor) Close() error {
	if d == nil {
		return ErrNoDescriptor
	}
	return d.CloseContext(context.Background(), func() {})
}

// closeNumber closes the number, which nobody uses.
func (d *Descriptor) closeNumber() error {
	if d.direct != nil {
		d.endDirect()
	}
	if d.withSeveral || d.Kind == Disk && d.with != nil {
		d.Loop.Loops.settle()
	}
	switch {
	case d.Kind == Disk || d.MayHang():
		return d.Loop.Loops.CloseNow(d.FD)
	case d.Lingers:
		return d.Loop.Loops.CloseConn(d.FD)
	}
	return d.Loop.Loops.closeFD(d.FD, d.Kind)
}

// CloseConn is closeFD for a connection, whose close(2) blocks where SO_LINGER
// says so: that is not for the proactor's loop, nor for its workers, which may all be
// busy. The kernel is asked, since the option may have been set in many ways: through
// SyscallConn, a File, a Control function, on the listener, or by an earlier owner of the
// connection.
func (s *Loops) CloseConn(fd int) error {
	if s.System.Lingers(fd) {
		s.settle()
		return s.CloseNow(fd)
	}
	return s.closeFD(fd, Socket)
}

// beginClose refuses calls from now on, and asks the calls under way to stop. The
// channel free, if there is one, is closed when the number is free to be closed. That is
// after all calls have ended: some may be with another proactor than the one that will be
// asked to close the descriptor. onlyLeft is closed then, or when their callers have left those
// that have not ended.
func (d *Descriptor) beginClose() (free, onlyLeft <-chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Closed() {
		return nil, nil, ErrDescriptorClosed
	}
	d.users.Add(refusing)
	d.noteObstacles(Reading)
	d.noteObstacles(Writing)
	d.cancelAll()
	d.wakeRoomWaiters()
	if d.direct != nil {
		d.direct.conn.Wake()
		d.direct.timer.stop()
	}
	if occupied, _ := d.occupied(); !occupied {
		return nil, nil, nil
	}
	d.free, d.onlyLeft = make(chan struct{}), make(chan struct{})
	free, onlyLeft = d.free, d.onlyLeft
	d.signalClose()
	return free, onlyLeft, nil
}

// cancelAll asks all calls under way to stop, and ends the wait of calls that are queued
// behind others. The lock is held.
func (d *Descriptor) cancelAll() {
	for dir := range d.side {
		d.side[dir].queue.end()
		for n := d.side[dir].calls.First; n != nil; n = n.Next {
			w := n.Value
			w.Proactor.RequestCancel(&w.C)
		}
	}
}

// closeFD closes a descriptor also where the IO is closed already, and where its
// proactor has ended and another cannot start, for want of descriptors. A
// Socket does not linger.
func (s *Loops) closeFD(fd int, kind Kind) error {
	ctx := context.Background()
	w, err := s.begin(ctx, fd, func(w *Waiter) error {
		hook.SetOwned(&w.C, kind, nil)
		return w.Proactor.CloseFD(&w.C, fd, Deliver)
	})
	if err == nil {
		err = w.Wait(ctx).Err
		s.giveBack(w)
		if !errors.Is(err, net.ErrClosed) {
			return CauseOf(err)
		}
	}
	return s.CloseNow(fd) // no proactor is going to
}

// CloseNow closes a descriptor that nobody has, past any proactor.
func (s *Loops) CloseNow(fd int) error { return s.System.Close(fd) }
