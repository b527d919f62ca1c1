package proactor

import (
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/vector"
)

// A Callback is called once for each submission, by the loop: on the goroutine
// that drives the proactor or, while that one waits, on one in Flush, in
// WaitForRoom or in a call of package await, which runs the loop in its place. No two callbacks run at a time. A
// callback must not block, nor take a lock that a caller of these methods holds. The
// Completion is free again when it is called: the callback may submit it for the
// next operation.
type Callback func(c *Completion, r Result)

// A Result is what became of an operation.
type Result struct {
	// N is the count of bytes, the new descriptor, or the poll events,
	// depending on the operation. A receive or read that got 0 bytes and no
	// error found the end.
	N int

	// Err is nil or an *OpError. Where part of a transfer was done before a
	// timeout or cancellation stopped it, N says how much and Err why.
	Err error
}

// A Completion is the record of one operation, from its submission to its
// callback. The caller owns it, and may use it for one operation after another.
// The zero value is ready. While an operation is under way it must not be
// copied, and submitting it again is refused with ErrInUse.
//
// From submission to callback the proactor keeps it, and the buffer it lends to
// the kernel, reachable.
type Completion struct {
	// Data is the caller's: the proactor does not look at it.
	Data any

	// What each operation needs comes first and close together.
	state      atomic.Uint32 // a state; left idle by the submitter, then the loop's
	submission atomic.Uint32 // counts submissions, so that late requests miss

	p        *Proactor
	callback Callback

	kind kind
	// Set by the caller before the submission, used up by it, as limit and deadline.
	limited bool
	batched bool

	onFD        bool
	owned       bool // the caller knows all operations on the descriptor: see hook.SetOwned
	counted     bool // towards Config.MaxQueued
	precedence  precedence
	threadBound bool        // only the loop may submit it: see backend.ThreadOps
	stopped     reason      // why the proactor asked it to stop
	stuck       atomic.Bool // it is counted in Stats.Stuck
	abandoned   bool        // nobody waits for it: a descriptor it makes is closed; set by inFlightTable.abandon
	detailed    bool        // details are this operation's

	req backend.Request

	next, prev     *Completion // in the mailbox, the queue or the completed list
	fdNext, fdPrev *Completion // on its descriptor's list

	moved   int // bytes transferred by earlier parts
	result  Result
	details *details // nil until an operation has some

	when      int64 // instant of the timer, in nanoseconds of the proactor's clock
	timerSlot int   // position in the timer heap, plus one; 0 when not there
	limit     time.Duration
	deadline  time.Time
}

// The states of a Completion. Only the submitter leaves idle; every other step
// is the loop's.
//
//	idle -> submitted -> queued -> inFlight -> completed -> idle
//	             |          ^          |           ^
//	             |          +----------+ part done |
//	             +-> waiting ----------------------+
const (
	idle      uint32 = iota // the caller's
	submitted               // in the mailbox
	queued                  // in line for the backend
	inFlight                // the backend has it
	waiting                 // with the loop alone: timer, event, a close or cancel not yet possible
	completed               // callback to come
)

// precedence is where an operation stands in the queue.
//
//	inOrder -> oneAttempt   admitted with no time at all
//	inOrder -> front        a close, when nothing is left on its descriptor
//	oneAttempt -> front     its time is up, and it has not been attempted
type precedence uint8

const (
	inOrder    precedence = iota // behind what was queued before
	oneAttempt                   // the same, but its timer moves it to the front rather than stop it
	front                        // first, and beyond Config.MaxInFlight
)

// kind is how the loop treats an operation.
type kind uint8

const (
	kindIO kind = iota // goes to the backend
	kindClose
	kindTimeout
	kindNextTick
	kindEvent
	kindCancel
)

var kindNames = [...]string{
	kindClose: "close", kindTimeout: "timeout", kindNextTick: "next tick",
	kindEvent: "event", kindCancel: "cancel",
}

// countsAsQueued reports whether Config.MaxQueued counts submissions of kind k. A
// close makes room, and must not have to wait for it.
func (k kind) countsAsQueued() bool { return k != kindClose && k != kindNextTick }

// SetTimeout limits the next operation submitted with c to d, counted from the
// moment the proactor takes it up. An operation that is stopped by it fails with
// an error that is os.ErrDeadlineExceeded. Zero gives the operation one attempt:
// it does not wait in line for that, unless it is behind others on its descriptor.
// The submission refuses a negative d. Call it only while c is not submitted.
func (c *Completion) SetTimeout(d time.Duration) { c.limit, c.limited = d, true }

// SetDeadline is SetTimeout with an instant; the zero Time is none. When both
// are set, the earlier counts. Call it only while c is not submitted; for an
// operation under way there is Proactor.SetDeadline.
func (c *Completion) SetDeadline(t time.Time) { c.deadline = t }

// SetMayHang says of the next operation submitted with c that it may wait where a
// kernel expects nothing to: a read of a file whose network mount is gone, an open
// that somebody has to permit. It is begun apart from the others then, so that it
// does not hold up the loop; that costs a thread's work. Call it only while c is
// not submitted.
//
// IOSQE_ASYNC; on epoll and kqueue files are apart anyway.
func (c *Completion) SetMayHang() { c.req.MayHang = true }

// SetBatched says of the next operation submitted with c that a Flush will follow,
// soon and whatever happens: until then the proactor may leave it where it is.
// Several operations submitted so reach the kernel together. Call it only while c
// is not submitted.
func (c *Completion) SetBatched() { c.batched = true }

// opName is the operation as errors name it.
func (c *Completion) opName() string {
	if c.kind == kindIO {
		return c.req.Op.String()
	}
	return kindNames[c.kind]
}

// fail wraps err with what was being done, and to what.
func (c *Completion) fail(err error) error {
	if c.kind == kindTimeout && err == ErrCanceled {
		return timerStopped
	}
	e := &OpError{Op: c.opName(), FD: c.req.FD, Err: err}
	switch {
	case !c.detailed:
	case c.details.addr != nil:
		e.Target = c.details.addr.String()
	case c.details.path != "":
		e.Target = c.details.path
	}
	return e
}

// timerStopped is the one error of all timers that are stopped, which happens too
// often to make one each time.
var timerStopped error = &OpError{Op: kindNames[kindTimeout], FD: -1, Err: ErrCanceled}

// length is how many bytes the operation could transfer in all.
func (c *Completion) length() int {
	if c.req.Msg == nil {
		return c.moved + len(c.req.Buf)
	}
	return c.moved + vector.Len(c.req.Msg.Buffers)
}

// forget drops what the operation referred to, so that an idle Completion keeps
// nothing of its last use alive.
func (c *Completion) forget() {
	c.req.Buf, c.req.Name, c.req.Msg, c.req.Stat = nil, nil, nil, nil
	c.req.MayHang, c.req.Stream, c.req.Disk, c.owned = false, false, false, false
	if c.detailed {
		c.details.forget()
		c.detailed = false
	}
	c.callback = nil
}
