//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// An operation is one request while the backend has it, or the answer to a cancel.
// Its place in the table is its token's index, and a cache line.
type operation struct {
	req   *backend.Request // nil: no operation, or an answer
	token backend.Token
	aim   backend.Token // of an answer: what was to be cancelled
	args  *kernelArgs   // kernel structures; stays with the place

	result int32 // of the main operation
	tries  int32 // how often nobody had asked for its end
	misses int32 // how often it was asked to stop and not found

	slot uint32 // of the registered file

	left   uint8 // results still to come: two of a linked pair or with a registered file, else one
	faults uint8 // how often it was submitted again after EFAULT
	stage  stage
	way    way
	lent   bool // slot is set
	asked  bool // Cancel was called
	fired  bool // the linked timeout ended
	where  where
	made   bool // a result is a new descriptor; outlives the operation
}

// where says whether the kernel has an operation.
//
//	inKernel  -> unlimited  the kernel had no memory for the linked timeout
//	inKernel  -> outside    its result asks for another submission
//	unlimited -> outside    the same
//	outside   -> inKernel   submitted again
type where uint8

const (
	inKernel  where = iota
	unlimited       // in the kernel without its linked timeout
	outside         // to be submitted again
)

// stage is what an operation's submission is for.
type stage uint8

const (
	stageMain stage = iota // the operation itself
	stagePoll              // waiting until it can go on
)

// kernelArgs are the kernel's arguments that only some operations have. It reads and writes most of them by
// address: it lives in the heap, as addresses in a submission keep nothing alive and
// stacks move.
type kernelArgs struct {
	header unix.Msghdr
	iovecs []unix.Iovec
	limit  Timespec
	statx  unix.Statx_t
	job    job // for a worker

	nameLen uint32 // socklen_t of an accept's address

	deadline time.Time // of a linked timeout
}

const (
	companion    uint64 = 1 << 63 // marks what accompanies an operation: its timeout, or its registered file
	cancellation uint64 = 1 << 62 // marks a cancellation of the operation that no goroutine waits for
	triesMax            = 1000    // ends nobody asked for, before they are believed
)

// allocate finds the slot of a new token.
func (b *Backend) allocate(token backend.Token) *operation {
	i := int(token.Index())
	if i >= len(b.operations) {
		operations := make([]operation, max(64, 2*len(b.operations), i+1))
		copy(operations, b.operations)
		b.operations = operations
	}
	f := &b.operations[i]
	f.token = token
	return f
}

// operation is lookup where the token is known to be in use.
func (b *Backend) operation(token backend.Token) *operation { return &b.operations[token.Index()] }

// lookup finds the operation of a token, or nil if its time is past.
func (b *Backend) lookup(token backend.Token) *operation {
	i := int(token.Index())
	if i >= len(b.operations) || b.operations[i].token != token {
		return nil
	}
	return &b.operations[i]
}

func (f *operation) start(r *backend.Request) {
	f.req = r
	f.result, f.tries, f.misses, f.left, f.faults = 0, 0, 0, 0, 0
	f.stage, f.way, f.lent = stageMain, wayPlain, false
	f.asked, f.fired, f.where = false, false, inKernel
	f.made = r.Op.MakesDescriptor()
	if r.Limited {
		f.hold().deadline = time.Now().Add(r.Limit)
	}
}

func (f *operation) startAnswer(target backend.Token) {
	f.req, f.left, f.made, f.aim = nil, 1, false, target
}

// end frees the place.
func (f *operation) end() {
	f.req, f.token = nil, backend.TokenNone
	if f.args != nil {
		f.args.header = unix.Msghdr{}
		clear(f.args.iovecs)
	}
}

// hold returns the operation's kernel structures.
func (f *operation) hold() *kernelArgs {
	if f.args == nil {
		f.args = new(kernelArgs)
	}
	return f.args
}

// land takes in one result of the kernel, and returns the event if that was all
// its operation waited for.
func (b *Backend) land(c *CQE) (backend.Event, bool) {
	token := backend.Token(c.UserData &^ (companion | cancellation))
	f := b.lookup(token)
	if c.UserData&cancellation != 0 {
		b.missed(token, c.Res)
		return backend.Event{}, false
	}
	if f == nil {
		return backend.Event{}, false
	}
	switch {
	case c.UserData&companion == 0:
		f.result = restarted(c.Res)
		b.reclaim(f)
	case f.way == wayApart:
		b.ring.Settle() // the kernel tells before it lets go
	default:
		b.landLimit(f, c.Res)
	}
	f.left--
	switch {
	case f.left > 0:
		return backend.Event{}, false
	case f.req == nil:
		e := backend.Event{Token: f.token, Result: int(f.result)}
		b.missed(f.aim, f.result)
		f.end()
		return e, true
	case f.result >= 0 && f.stage == stageMain && f.way != wayTry:
		return b.event(f, f.result), true // most results: there is nothing to decide
	}
	return b.conclude(f)
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
		f.fired = true
		return
	case unix.ENOENT, unix.EALREADY:
		f.fired = true
	case unix.ECANCELED:
		f.fired = f.left > 1 && !time.Now().Before(f.args.deadline)
	case unix.EINVAL:
		f.where = unlimited
	}
	if f.left > 1 && f.mustStop() {
		b.retryCancel(f)
	}
}

// conclude decides what the results of an operation mean where that is not plain: of a
// step on the way, of a failure, or of a write whose sync is to come.
func (b *Backend) conclude(f *operation) (backend.Event, bool) {
	if f.stage == stagePoll {
		return b.concludePoll(f)
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
		if f.asked || f.fired {
			return b.event(f, -int32(unix.ECANCELED)), true
		}
		return b.pollFirst(f)
	}
	return b.event(f, f.result), true
}

// reclaim takes the registered file of f back: that its result has come does not
// mean that the kernel has let go of it.
func (b *Backend) reclaim(f *operation) {
	if f.lent {
		f.lent = false
		if !b.ring.reclaim(f.slot) {
			f.left--
		}
	}
}

// concludeStopped deals with an operation that was interrupted. A request in a
// worker thread is cancelled with EINTR (io_uring_cancelation(7)), so that is
// retried only if nobody asked. ECANCELED comes unasked when the thread that
// submitted ends.
func (b *Backend) concludeStopped(f *operation) (backend.Event, bool) {
	if f.asked || f.fired {
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
	case f.asked || f.fired:
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

func (b *Backend) pollFirst(f *operation) (backend.Event, bool) {
	f.stage = stagePoll
	return b.retry(f)
}

func (b *Backend) retry(f *operation) (backend.Event, bool) {
	f.where = outside
	b.again = append(b.again, f.token)
	return backend.Event{}, false
}

// settle ends an operation that is not in the kernel.
func (b *Backend) settle(f *operation, result int32) {
	b.local = append(b.local, b.event(f, result))
}

// event ends an operation.
func (b *Backend) event(f *operation, result int32) backend.Event {
	e := backend.Event{Token: f.token, Result: int(result)}
	if f.fired {
		e.Flags = backend.TimedOut
	}
	if result >= 0 {
		f.unload()
	}
	b.live--
	f.end()
	return e
}

// discard closes the descriptors among results that nobody takes.
func (b *Backend) discard(events []backend.Event) {
	for _, e := range events {
		if e.Result >= 0 && b.operations[e.Token.Index()].made {
			_ = unix.Close(e.Result) // nobody is left to hear of an error
		}
	}
}
