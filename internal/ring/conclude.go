//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// This file handles results that do not simply end an operation: the operation is submitted
// again, another way or after a poll, or it ends with another result.

// triesMax is how often an operation is submitted again that was stopped without a request to
// stop it. The next such stop ends it.
const triesMax = 1000

// landCompanion handles the result of an entry that accompanied f.
func (b *Backend) landCompanion(f *operation, result int32) {
	if f.way == wayApart {
		b.ring.Settle() // the kernel tells before it lets go
		return
	}
	b.landLimit(f, result)
}

// landLimit takes in the result of a linked timeout: ETIME if it stopped the
// operation, ENOENT or EALREADY if its time was up but it did not find it, and
// ECANCELED if it was not needed any more, or the thread that submitted it has
// ended. Only the main result tells the outcome (liburing#734).
//
// EINVAL is an orphan: the kernel ran out of memory between the two. The main
// operation runs without a limit then; stopped without being asked for, it is
// submitted again with the time that is left.
func (b *Backend) landLimit(f *operation, result int32) {
	switch unix.Errno(-result) {
	case unix.ETIME:
		f.stop = stopTimedOut
		return
	case unix.ENOENT, unix.EALREADY:
		f.stop = stopTimedOut
	case unix.ECANCELED:
		if f.left > 1 && !time.Now().Before(f.args.deadline) {
			f.stop = stopTimedOut
		}
	case unix.EINVAL:
		f.state = unlimited
	}
	if f.left > 1 && f.mustStop() {
		b.retryCancel(f)
	}
}

// landAnswer ends an answer. It says whether the kernel found what was to be cancelled.
func (b *Backend) landAnswer(f *operation) backend.Event {
	e := backend.Event{Token: f.token, Result: int(f.result)}
	b.missed(b.lookup(f.aim), f.result)
	f.token = backend.TokenNone
	return e
}

// restarted turns the kernel's own words for "interrupted, begin again" into
// EINTR. A system call never returns them, but io_uring translates them only for
// reads and writes: an open that is stopped in a worker thread ends with ERESTARTSYS
// (linux/errno.h).
func restarted(result int32) int32 {
	const (
		restartSys    = 512 // ERESTARTSYS
		restartNoIntr = 513 // ERESTARTNOINTR
		restartNoHand = 514 // ERESTARTNOHAND
		restartBlock  = 516 // ERESTART_RESTARTBLOCK
	)
	switch -result {
	case restartSys, restartNoIntr, restartNoHand, restartBlock:
		return -int32(unix.EINTR)
	}
	return result
}

// reclaim unregisters the file of f. The kernel may still hold it, although the result of f has
// come.
func (b *Backend) reclaim(f *operation) {
	if !b.ring.reclaim(uint32(f.slot)) {
		f.left--
	}
	f.slot = noSlot
}

// conclude handles a result that may not be the end: of a step on the way, a failure, a poll, or
// a write that a sync must follow.
func (b *Backend) conclude(f *operation) (backend.Event, bool) {
	if f.stage == stagePoll {
		return b.concludePoll(f)
	}
	if f.req.Op == backend.OpPoll && f.result > 0 {
		return b.concludeReady(f)
	}
	if f.way == wayTry && tried(f.result) {
		return b.concludeTry(f)
	}
	switch errno := unix.Errno(-f.result); {
	case errno == unix.EINTR && f.req.Op == backend.OpClose:
		return b.event(f, 0), true // close(2): the descriptor is gone all the same
	case errno == unix.ECANCELED || errno == unix.EINTR:
		return b.concludeStopped(f)
	case errno == unix.EFAULT && faulted(f.req):
		return b.concludeFaulted(f)
	case errno == unix.EAGAIN && waits(f.req), errno == unix.EINPROGRESS && f.req.Op == backend.OpConnect:
		if f.stop != stopNone {
			return b.event(f, -int32(unix.ECANCELED)), true
		}
		return b.pollFirst(f)
	}
	return b.event(f, f.result), true
}

// concludeStopped deals with an operation that was interrupted. A request in a
// worker thread is cancelled with EINTR (io_uring_cancelation(7)), so that is
// retried only if nobody asked. ECANCELED comes unasked when the thread that
// submitted ends.
func (b *Backend) concludeStopped(f *operation) (backend.Event, bool) {
	if f.stop != stopNone {
		return b.event(f, -int32(unix.ECANCELED)), true
	}
	interrupted := f.result == -int32(unix.EINTR)
	if f.tries++; f.tries > triesMax && !interrupted {
		return b.event(f, f.result), true
	}
	if f.req.Op == backend.OpConnect {
		// The connection may be on its way: a second connect would be told
		// EALREADY or EISCONN. Its outcome shows when the socket is writable.
		return b.pollFirst(f)
	}
	if interrupted {
		return b.retryLater(f)
	}
	return b.retry(f)
}

// concludePoll goes on with an operation whose descriptor is ready, or ends it.
func (b *Backend) concludePoll(f *operation) (backend.Event, bool) {
	errno := unix.Errno(-f.result)
	stopped := f.result < 0 && (errno == unix.ECANCELED || errno == unix.EINTR)
	switch {
	case f.stop != stopNone:
		return b.event(f, -int32(unix.ECANCELED)), true
	case stopped:
		return b.retry(f)
	case f.result < 0:
		return b.event(f, f.result), true
	case f.req.Op == backend.OpConnect:
		return b.concludeConnect(f)
	}
	f.stage = stageMain
	if f.result&(unix.POLLIN|unix.POLLOUT) == 0 { // an error or a hang-up, which an attempt may not clear
		f.tries++
		return b.retryLater(f)
	}
	return b.retry(f)
}

// concludeReady ends a poll of the caller's if the descriptor is ready, as poll(2) and epoll(7) have
// it. The kernel answers with what a wake-up said, and does not ask the file itself (io_poll_wake in
// io_uring/poll.c): a vsock socket that is still connecting says that it has room as soon as the
// request to connect is on its way, and what was there may have been taken since.
func (b *Backend) concludeReady(f *operation) (backend.Event, bool) {
	fds := [1]unix.PollFd{{Fd: int32(f.req.FD), Events: int16(f.req.Flags)}}
	switch n, err := unix.Poll(fds[:], 0); {
	case err != nil || fds[0].Revents&unix.POLLNVAL != 0:
		return b.event(f, f.result), true
	case n > 0:
		return b.event(f, int32(uint16(fds[0].Revents))), true
	case f.stop != stopNone:
		return b.event(f, -int32(unix.ECANCELED)), true
	}
	return b.retry(f)
}

// concludeConnect tells how a connect in the background ended: connect(2),
// EINPROGRESS. No error and no peer either means that it had not begun when it
// was stopped, such as one that waited in a worker thread for a unix listener's
// room: it is begun again.
func (b *Backend) concludeConnect(f *operation) (backend.Event, bool) {
	errno, err := unix.GetsockoptInt(f.req.FD, unix.SOL_SOCKET, unix.SO_ERROR)
	if err != nil {
		return b.event(f, -int32(unix.EBADF)), true
	}
	if errno != 0 {
		return b.event(f, -int32(errno)), true
	}
	if _, err = unix.Getpeername(f.req.FD); err != unix.ENOTCONN {
		return b.event(f, 0), true
	}
	if f.tries++; f.tries > triesMax {
		return b.event(f, -int32(unix.ENOTCONN)), true
	}
	f.stage = stageMain
	return b.retry(f)
}

// pollFirst submits a poll for f, which goes on when its descriptor is ready.
func (b *Backend) pollFirst(f *operation) (backend.Event, bool) {
	f.stage = stagePoll
	return b.retry(f)
}

// The kernel tries some operations a second time in the context of the thread
// that submitted them: a buffered read whose page has arrived. If that thread has
// ended, the operation is not tried. It ends with EFAULT (io_req_task_submit in
// io_uring/io_uring.c), as if the caller's memory were bad. Go ends a thread whenever
// a goroutine ends that is locked to it, and any goroutine may have submitted the
// operations of others.
//
// So such an operation is submitted again, and a thread of the kernel's carries it
// out from the start (wayApart). That thread reports its result itself: a
// second EFAULT is about the memory, and is the caller's to know.

// faultsMax is how often one operation is submitted again after EFAULT.
const faultsMax = 2

// faulted reports whether an EFAULT of r may be the end of a thread, and r can be
// submitted again. A receive and an accept wait by polling, and a thread's end
// stops them with ECANCELED. Their EFAULT is real, and may have cost a datagram or
// a connection: another attempt would take the next one.
func faulted(r *backend.Request) bool {
	switch r.Op {
	case backend.OpRecv, backend.OpRecvMsg, backend.OpAccept:
		return false
	}
	return true
}

// concludeFaulted submits the operation again after EFAULT, or ends it.
func (b *Backend) concludeFaulted(f *operation) (backend.Event, bool) {
	switch {
	case f.stop != stopNone:
		return b.event(f, -int32(unix.ECANCELED)), true
	case f.faults == faultsMax:
		return b.event(f, -int32(unix.EFAULT)), true
	}
	f.faults++
	return b.change(f, wayApart)
}
