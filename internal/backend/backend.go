package backend

import (
	"errors"
	"syscall"
	"time"
)

// An Event says that a request is complete.
type Event struct {
	Token  Token
	Result int // a count or descriptor, or the negated errno
	Flags  EventFlags
}

// EventFlags qualify an Event.
type EventFlags uint8

// TimedOut is set when the request's own Limit ended before it did. The result
// is ECANCELED, or a count where part of the transfer was done by then.
const TimedOut EventFlags = 1 << 0

// Unsynced is set when an OpWriteSync had written all of its buffer, which the
// result says, and was stopped before that was on the device.
const Unsynced EventFlags = 1 << 1

// Interrupted is set when a receive with MSG_WAITALL came short although the stream goes
// on: the loop asks for the rest.
const Interrupted EventFlags = 1 << 2

// Failure is the Result for an error of a system call.
func Failure(err error) int {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return -int(errno)
	}
	return -int(syscall.EINVAL)
}

// Features are the abilities backends may lack.
type Features struct {
	LinkedTimeout bool   // Request.Limit works
	Ops           uint32 // bit 1<<Op: the operation works
	TransferMax   int    // bytes that one request moves at most, 0 for any number
}

// Counters tell what a backend has cost so far. A Backend's may be asked for by any
// goroutine at any time, after Close too.
type Counters struct {
	SystemCalls uint64 // entries into the kernel to submit, cancel or collect
	Overflows   uint64 // times results outran the room for them
}

// A Backend does requests. The package comment is its contract.
type Backend interface {
	Name() string
	Features() Features
	Submit(batch []*Request) (taken int, err error)
	Cancel(target, answer Token) bool
	Reap(events []Event) int
	Wait(deadline time.Time) error
	Wake()
	Counters() Counters
	Close() error
}

// Earlier is the earlier of two deadlines, of which zero is none.
func Earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// An Unsender is a Backend that knows, when it has failed, which of the requests it
// has taken the kernel never saw.
type Unsender interface {
	Backend

	// Unsent reports whether the request with a token can have had no effect.
	Unsent(t Token) bool
}

// A Leaver is a Backend that need not wait, in Close, for requests that the kernel cannot stop.
type Leaver interface {
	Backend

	// Leave gives up the request with a token, which has been asked to stop: it has no event,
	// and Close does not wait for it. What the kernel may still read or write stays the
	// kernel's for good: the caller keeps it reachable. A descriptor that a worker makes is
	// closed. After it only Reap, Leave and Close are called. It reports false, and has done nothing,
	// where the event is there or the request is not known.
	Leave(t Token) bool
}

// An Employer is a Backend that has workers. Levels are how many of them run, how many requests wait for
// one, and how many have run at once. It may be called from any goroutine.
type Employer interface {
	Levels() (running, inLine, most int)
}

// A Describer is a Backend that tells, for people, what it got of the kernel. Its methods may be
// called by any goroutine at any time.
type Describer interface {
	Setup() []string // names of what was granted
	Lacks() uint32   // 1<<Op: the operations that the kernel does not have
}

// A Watcher is a Backend that may watch the connections of requests: see Request.Conn.
type Watcher interface {
	// PassOn has the goroutines that wait for what is watched go by requests. It reports
	// whether there were any.
	PassOn() (waited bool)

	// Woken is how many times a goroutine was told, by Reap, of what it waited for.
	Woken() uint64

	// Receivers is how many waits of such goroutines have begun, and how many have ended. It
	// may be called by any goroutine at any time.
	Receivers() (parked, resumed uint64)
}

// A Settler is a Backend whose kernel may hold a descriptor's file for a moment after
// an operation's event. Settle waits for that, for all events that were reaped. It
// may be called from any goroutine, at any time, after Close too.
type Settler interface{ Settle() }

// A Sharer is a Backend whose loop another goroutine, the combiner, can run while the
// loop's own is in Park. A lock of theirs sees to it that one at a time is in a method
// other than Wake and Park.
//
// The loop waits with Arm and Park in place of Wait. The combiner begins with Submit, of
// an empty batch too, does what a loop does, and ends with Arm.
type Sharer interface {
	Backend

	// Arm prepares a Park that ends at deadline (zero: never). It reports false
	// where there is something to do at once; then there must be no Park.
	//
	// Of a combiner the loop is parked: Arm reports whether the Park under way, or a
	// Wake before it, will end in time for all there is to do until deadline.
	// Otherwise the combiner wakes the loop.
	Arm(deadline time.Time, parked bool) (wait bool, err error)

	// Park blocks like Wait.
	Park() error

	// Ready reports whether Reap has something to do.
	Ready() bool
}
