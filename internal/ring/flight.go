//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A flight is one request while the backend has it, or the answer to a cancel.
// Its place in the table is its token's index, and a cache line.
type flight struct {
	req   *backend.Request // nil: no flight, or an answer
	token backend.Token
	aim   backend.Token // of an answer: what was to be cancelled
	cargo *cargo        // kernel structures; stays with the place

	result int32 // of the main operation
	tries  int32 // how often nobody had asked for its end
	misses int32 // how often it was asked to stop and not found

	place uint32 // of the registered file

	left    uint8 // results still to come: two of a linked pair or with a registered file, else one
	faults  uint8 // how often it was submitted again after EFAULT
	stage   stage
	way     way
	lent    bool // place is set
	asked   bool // Cancel was called
	fired   bool // the linked timeout ended
	orphan  bool // in the kernel without its linked timeout
	aground bool // not in the kernel: to be submitted again
	made    bool // a result is a new descriptor; outlives the flight
}

// stage is what a flight's submission is for.
type stage uint8

const (
	stageMain stage = iota // the operation itself
	stagePoll              // waiting until it can go on
)

// cargo is what only some flights have. The kernel reads and writes most of it by
// address: it lives in the heap, as addresses in a submission keep nothing alive and
// stacks move.
type cargo struct {
	header unix.Msghdr
	iovecs []unix.Iovec
	limit  Timespec
	statx  unix.Statx_t
	job    job // for a worker

	nameLen uint32 // socklen_t of an accept's address

	deadline time.Time // of a linked timeout
}

const (
	companion    uint64 = 1 << 63 // marks what belongs to the flight's operation: a timeout, or its registered file
	cancellation uint64 = 1 << 62 // marks a cancellation of the flight nobody wants to hear of
	triesMax            = 1000    // ends nobody asked for, before they are believed
)

// board finds the place of a new token.
func (b *Backend) board(token backend.Token) *flight {
	i := int(token.Index())
	if i >= len(b.flights) {
		flights := make([]flight, max(64, 2*len(b.flights), i+1))
		copy(flights, b.flights)
		b.flights = flights
	}
	f := &b.flights[i]
	f.token = token
	return f
}

// flight is lookup where the token is known to be in use.
func (b *Backend) flight(token backend.Token) *flight { return &b.flights[token.Index()] }

// lookup finds the flight of a token, or nil if its time is past.
func (b *Backend) lookup(token backend.Token) *flight {
	i := int(token.Index())
	if i >= len(b.flights) || b.flights[i].token != token {
		return nil
	}
	return &b.flights[i]
}

func (f *flight) start(r *backend.Request) {
	f.req = r
	f.result, f.tries, f.misses, f.left, f.faults = 0, 0, 0, 0, 0
	f.stage, f.way, f.lent = stageMain, wayPlain, false
	f.asked, f.fired, f.orphan, f.aground = false, false, false, false
	f.made = r.Op.MakesDescriptor()
	if r.Limited {
		f.hold().deadline = time.Now().Add(r.Limit)
	}
}

func (f *flight) startAnswer(target backend.Token) {
	f.req, f.left, f.made, f.aim = nil, 1, false, target
}

// end frees the place.
func (f *flight) end() {
	f.req, f.token = nil, backend.TokenNone
	if f.cargo != nil {
		f.cargo.header = unix.Msghdr{}
		clear(f.cargo.iovecs)
	}
}

// hold returns the flight's kernel structures.
func (f *flight) hold() *cargo {
	if f.cargo == nil {
		f.cargo = new(cargo)
	}
	return f.cargo
}

// land takes in one result of the kernel, and returns the event if that was all
// its flight waited for.
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
func (b *Backend) landLimit(f *flight, result int32) {
	switch unix.Errno(-result) {
	case unix.ETIME:
		f.fired = true
		return
	case unix.ENOENT, unix.EALREADY:
		f.fired = true
	case unix.ECANCELED:
		f.fired = f.left > 1 && !time.Now().Before(f.cargo.deadline)
	case unix.EINVAL:
		f.orphan = true
	}
	if f.left > 1 && f.mustStop() {
		b.chase(f)
	}
}

// conclude decides what the results of a flight mean where that is not plain: of a
// step on the way, of a failure, or of a write whose sync is to come.
func (b *Backend) conclude(f *flight) (backend.Event, bool) {
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
func (b *Backend) reclaim(f *flight) {
	if f.lent {
		f.lent = false
		if !b.ring.reclaim(f.place) {
			f.left--
		}
	}
}

// concludeStopped deals with an operation that was interrupted. A request in a
// worker thread is cancelled with EINTR (io_uring_cancelation(7)), so that is
// retried only if nobody asked. ECANCELED comes unasked when the thread that
// submitted ends.
func (b *Backend) concludeStopped(f *flight) (backend.Event, bool) {
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
func (b *Backend) concludePoll(f *flight) (backend.Event, bool) {
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
func (b *Backend) concludeConnect(f *flight) (backend.Event, bool) {
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

func (b *Backend) pollFirst(f *flight) (backend.Event, bool) {
	f.stage = stagePoll
	return b.retry(f)
}

func (b *Backend) retry(f *flight) (backend.Event, bool) {
	f.aground = true
	b.again = append(b.again, f.token)
	return backend.Event{}, false
}

// settle ends a flight that is not in the kernel.
func (b *Backend) settle(f *flight, result int32) {
	b.local = append(b.local, b.event(f, result))
}

// event ends a flight.
func (b *Backend) event(f *flight, result int32) backend.Event {
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
		if e.Result >= 0 && b.flights[e.Token.Index()].made {
			_ = unix.Close(e.Result) // nobody is left to hear of an error
		}
	}
}
