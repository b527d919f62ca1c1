package fdcall

import (
	"context"
	"errors"
	"net"

	"github.com/awaitio/awaitio/internal/hook"
)

// Use calls f with the number. A close waits until f has returned.
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

// enter keeps the number from being closed until release. It returns false if a close has begun. It
// takes no lock, because many goroutines may read one file, and a read from the page cache costs
// little more than a lock.
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

// released tells a close that a user is gone.
func (d *Descriptor) released() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.signalClose()
}

// leaveUser counts a user that was left by its caller.
func (d *Descriptor) leaveUser() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.leftUsers++
	d.signalClose()
}

// releaseLeft is release of a user that may have been left by its caller.
func (d *Descriptor) releaseLeft(left bool) {
	if left {
		d.mu.Lock()
		d.leftUsers--
		d.mu.Unlock()
	}
	d.release()
}

// signalClose wakes a close that waits for calls and users: if there are none, or if all of them were
// left by their callers. The lock is held.
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

// occupied reports whether a descriptor that is being closed has calls under way or users, and whether
// all of them were left by their callers. The lock is held.
//
// It reads users once, because a user that is refused counts for a moment.
func (d *Descriptor) occupied() (occupied, left bool) {
	calls, users := 0, d.users.Load()-refusing
	for dir := range d.side {
		calls += d.side[dir].calls.Size
	}
	return calls > 0 || users > 0, calls == d.leftCalls && users == d.leftUsers
}

// Close ends the calls under way with ErrDescriptorClosed, waits for them, and closes the descriptor.
// It fails if d is closed already. It returns ErrLeft if calls were left to the kernel: then the
// descriptor is closed when the kernel lets go.
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

// CloseConn is closeFD for a connection. If SO_LINGER is set, close(2) may block, so the caller's thread
// makes the call: the loop must not block, and its workers may all be busy. CloseConn asks the kernel,
// because the option may have been set in many ways: through SyscallConn, a File, a Control function,
// on the listener, or by an earlier owner of the connection.
func (s *Loops) CloseConn(fd int) error {
	if s.System.Lingers(fd) {
		s.settle()
		return s.CloseNow(fd)
	}
	return s.closeFD(fd, Socket)
}

// beginClose refuses calls from now on, and asks the calls under way to stop. If free is nil, the number
// can be closed now. Otherwise free is closed when all calls have ended, and onlyLeft when the callers of
// all remaining calls have left. Calls of several proactors may be under way, so the one that closes the
// number cannot wait for them itself.
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

// cancelAll asks all calls under way to stop, and ends the wait of calls that wait for other calls. The
// lock is held.
func (d *Descriptor) cancelAll() {
	for dir := range d.side {
		d.side[dir].queue.end()
		for n := d.side[dir].calls.First; n != nil; n = n.Next {
			w := n.Value
			w.Proactor.RequestCancel(&w.C)
		}
	}
}

// closeFD closes a number through a proactor. If there is none, because the IO is closed or a new
// proactor cannot start, the caller's thread closes it. A Socket must not linger.
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
	return s.CloseNow(fd) // no proactor does it
}

// CloseNow closes a number that nobody uses on the caller's thread, without a proactor.
func (s *Loops) CloseNow(fd int) error { return s.System.Close(fd) }
