package proactor

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/sockaddr"
	"github.com/awaitio/awaitio/internal/vector"
)

// A Callback is called once for each submission, by the loop. It runs on the goroutine that
// drives the proactor. While that goroutine waits, it may run on a goroutine in Flush, in
// WaitForRoom or in a call of package await, which then runs the loop. No two callbacks run at a
// time. A callback must not block, and must not take a lock that a caller of these methods holds.
// When it is called, the Completion is free again: the callback may submit it for the next
// operation.
type Callback func(c *Completion, r Result)

// A Result is the outcome of an operation.
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
	since    int64 // instant at which the loop took it up, or a little later; 0: see watch

	kind       kind
	precedence precedence
	stopped    reason      // why the proactor asked it to stop
	facts      facts       // what is true of this submission
	asked      options     // what the caller has asked for before it
	owned      bool        // Data is a hook.Owner, which the proactor does look at: see hook.SetOwner
	isLeft     bool        // to the kernel or a worker, which has req for good
	stuck      atomic.Bool // it is counted in Stats.Stuck
	surveyed   uint32      // the last survey that has found it

	req backend.Request

	next   *Completion           // in the mailbox
	node   list.Node[Completion] // in the queue, held by its descriptor, listening or completed
	fdNode list.Node[Completion] // among the operations on its descriptor

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
//
// In a proactor that ends, inFlight -> completed -> left is possible: the kernel or a worker keeps
// req for good, so no other operation may use it.
const (
	idle      uint32 = iota // the caller's
	submitted               // in the mailbox
	queued                  // in line for the backend
	inFlight                // the backend has it
	waiting                 // with the loop alone: timer, event, a close or cancel not yet possible
	completed               // callback to come
	left                    // isLeft
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

// facts are what is true of a submission besides its state, one bit each. The submitter
// sets the first ones, and leaves all to the loop.
type facts uint8

const (
	isCounted     facts = 1 << iota // towards Config.MaxQueued, until the backend has it
	isThreadBound                   // only the loop may submit it, see backend.ThreadOps; until the backend has it
	isDetailed                      // details are this submission's
	isOfFile                        // it is a transfer at an offset, or a sync; one at the current position may be a pipe's
	isWhole                         // a short count is not all that was asked for: it goes on
	isOnFD                          // it is among the operations on its descriptor
	isAbandoned                     // nobody waits for it: a descriptor it makes is closed
)

// options are what the caller has asked for before the submission, which uses them up.
type options uint8

const (
	withLimit options = 1 << iota // SetTimeout
	withFlush                     // SetBatched
	withOwner                     // hook.SetOwned
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

// SetTimeout limits the next operation submitted with c to d, counted from the moment the
// proactor takes it. If the timeout stops the operation, its error is os.ErrDeadlineExceeded.
// Zero gives the operation one attempt, and it does not queue for that, except behind others on
// its descriptor. Submitting with a negative d fails. Call SetTimeout only while c is not
// submitted.
func (c *Completion) SetTimeout(d time.Duration) { c.limit, c.asked = d, c.asked|withLimit }

// SetDeadline is SetTimeout with an instant; the zero Time means no deadline. If both are set,
// the earlier applies. Call it only while c is not submitted. For an operation under way, use
// Proactor.SetDeadline.
func (c *Completion) SetDeadline(t time.Time) { c.deadline = t }

// SetMayHang declares that the next operation submitted with c may wait where the kernel does not
// expect it: a read of a file on a network mount that is gone, an open that another program has
// to permit. A thread of the kernel then carries out the operation, so it does not hold up the
// loop; this costs the work of a thread. Call it only while c is not submitted.
//
// IOSQE_ASYNC. On epoll and kqueue, workers carry out file operations anyway.
func (c *Completion) SetMayHang() { c.req.MayHang = true }

// SetBatched declares that a Flush will follow the next operation submitted with c, soon and in
// any case. Until then the proactor may delay the operation. Several operations submitted in this
// way reach the kernel together. Call SetBatched only while c is not submitted.
func (c *Completion) SetBatched() { c.asked |= withFlush }

// setOwned is hook.SetOwned.
func setOwned(of any, k hook.Kind, conn *edge.Conn) {
	c := of.(*Completion)
	c.asked |= withOwner
	c.req.Conn = conn
	c.req.Stream, c.req.Disk = k == hook.Socket || k == hook.Pipe, k == hook.Disk
}

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
	case c.facts&isDetailed == 0:
	case c.details.addr != nil:
		e.Target = c.details.addr.String()
	case c.details.path != "":
		e.Target = c.details.path
	}
	return e
}

// timerStopped is the error of every timer that is stopped: that happens too often to make an error
// each time.
var timerStopped error = &OpError{Op: kindNames[kindTimeout], FD: -1, Err: ErrCanceled}

// length is how many bytes the operation could transfer in all.
func (c *Completion) length() int {
	if c.req.Msg == nil {
		return c.moved + len(c.req.Buf)
	}
	return c.moved + vector.Len(c.req.Msg.Buffers)
}

// free makes c ready for another operation. It drops what the last one referred to, so that an
// idle Completion keeps nothing of its last use alive.
func (c *Completion) free() {
	c.callback = nil
	if c.isLeft {
		c.state.Store(left)
		return
	}
	c.req.Buf, c.req.Name, c.req.Msg, c.req.Stat = nil, nil, nil, nil
	c.req.MayHang, c.req.Stream, c.req.Disk, c.req.Conn, c.asked = false, false, false, nil, 0
	if c.facts&isDetailed != 0 {
		c.details.forget()
		c.facts &^= isDetailed
	}
	c.state.Store(idle)
}

// details are the fields that only some operations have. The first such operation of a Completion
// allocates them, and the Completion keeps them. The operations that a connection repeats need
// none, so most records are half as large.
type details struct {
	of *Completion // a copy of it has none until it needs its own

	path    string   // as the caller wrote it, for errors
	addr    net.Addr // as the caller wrote it, for errors
	name    []byte   // raw address or path; keeps its room between operations
	message *Message
	peer    *Peer
	msg     backend.Message
	stat    *Stat
	rawStat backend.Stat

	target           *Completion // of a cancel
	targetSubmission uint32
	event            *Event
}

// detail returns the details of c, for an operation that needs them.
func (c *Completion) detail() *details {
	if c.details == nil || c.details.of != c {
		c.details = &details{of: c}
	}
	c.facts |= isDetailed
	return c.details
}

// forget drops what the operation referred to, except the memory for a name.
func (d *details) forget() {
	d.path, d.addr = "", nil
	d.message, d.peer, d.stat, d.target, d.event = nil, nil, nil, nil, nil
	d.msg = backend.Message{}
}

// address returns addr in the kernel's form. The error says what is wrong with addr.
func (d *details) address(addr net.Addr) ([]byte, error) {
	raw, err := sockaddr.Append(d.name[:0], addr)
	d.name, d.addr = raw, addr
	return raw, err
}
