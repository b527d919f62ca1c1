// Package hook is what packages await and timeout need of package proactor and programs
// do not, and what package sim needs of await. It keeps that out of their documentation.
// Package proactor sets the functions when it is initialised, and package await its one; they
// must not be set by any other.
package hook

import (
	"context"
	"errors"
	"time"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/system"
)

// A Kind is what is known of a descriptor. That saves asking the kernel what an operation
// is made on, since a file or a terminal could hold up the loop. If it is not true, the loop
// may be held up.
type Kind uint8

const (
	Unknown Kind = iota
	Socket       // whose close does not wait for SO_LINGER
	Pipe
	Disk // a regular file or a directory of a local disk
)

// An Opener makes a backend. It is called again when the one before has failed, or has ended
// for Config.IdleTimeout.
type Opener func() (backend.Backend, error)

// The functions take a *proactor.Proactor as p and a *proactor.Completion as c. All but
// SetOwned may be called from any goroutine.
var (
	// FlushUntil is Flush for a caller that would block on done, where its callback
	// sends. If results have come within Config.Spin lately, the caller runs the loop
	// for that long: a result that arrives meanwhile is delivered without waking a
	// thread or goroutine. FlushUntil may return while done is empty.
	FlushUntil func(p any, done <-chan struct{})

	// SetPulse gives p the pulse by which the loops that share the CPUs know of each other.
	// Call it before p is driven.
	SetPulse func(p any, own pulse.Pulse)

	// Batching reports whether Run drives p, and operations completed several at a
	// time when some last did.
	Batching func(p any) bool

	// InBubble reports whether the caller is in a testing/synctest bubble.
	InBubble func() bool

	// Spin is how long a caller may look for its result before it parks; 0 while
	// operations complete several at a time.
	Spin func(p any) time.Duration

	// Idle reports whether no operation is queued or in flight, as Stats would say.
	Idle func(p any) bool

	// Settle returns when the kernel has let go of the descriptors of all operations
	// whose callbacks have run: after it, a close(2) of one is its last. CloseFD does
	// not need it. It does not wait for operations in flight.
	Settle func(p any)

	// Abandon is RequestCancel for a caller that will not look at the result: if the
	// operation makes a descriptor after all, the proactor closes it and the result
	// is proactor.ErrCanceled.
	//
	// What the kernel cannot stop, such as the read of a file on a dead disk, stays
	// under way, and Stats.Stuck counts it. The Completion and the buffer are the
	// proactor's until the callback all the same: a caller that does not wait for
	// that must have lent a buffer that it can do without. A CloseFD of the
	// descriptor waits. Close leaves the operation: its result is ErrKept then.
	Abandon func(p, c any)

	// SetAlarm has a.F called d from now; a negative d is zero. Where a is set already
	// it is moved. It reports whether that was so. The error is proactor.ErrClosed.
	SetAlarm func(p any, a *alarm.Alarm, d time.Duration) (wasSet bool, err error)

	// SetAlarmAt is SetAlarm with an instant.
	SetAlarmAt func(p any, a *alarm.Alarm, t time.Time) (wasSet bool, err error)

	// StopAlarm has a.F not called. It reports whether a was set: then F will not be
	// called until it is set again. Otherwise it has been called, or is being called
	// now, or a was never set.
	StopAlarm func(p any, a *alarm.Alarm) (wasSet bool)

	// SetOwned says of the next operation submitted with c that the caller keeps account of
	// the descriptor, which is of kind k: the caller's CloseFD comes when all such operations
	// have ended, and others of them may be with other proactors. A CloseFD itself ends what
	// others have begun on the descriptor's number, as ever. conn is nil if
	// the descriptor is no TCP connection. Call it only while c is not submitted.
	SetOwned func(c any, k Kind, conn *edge.Conn)

	// Watch has the backend watch the connection of c, which SetOwned told of and whose number is fd.
	// callback is one for a Completion.
	Watch func(p, c any, fd int, callback any) error

	// OpName is the operation of c, which is submitted and no CloseFD, as errors name it.
	OpName func(c any) string

	// Passed is why the backends before the chosen one do not run, of a proactor.Choice.
	Passed func(choice any) error

	// Observe counts times durations of d in h, a *proactor.Histogram.
	Observe func(h any, d time.Duration, times uint64)

	// NewOn is proactor.New, of a proactor.Config, with the backend that open makes and the
	// system that its descriptors are of. It is a *proactor.Proactor.
	NewOn func(config any, open Opener, on system.System) (p any, err error)

	// StartOn is await.Start, of a proactor.Config, for a simulated system: an *await.IO with one
	// loop, which never looks past on and the backends that open makes. Started in a
	// testing/synctest bubble it belongs there. Package await sets this one.
	StartOn func(config any, open Opener, on system.System) (io any, err error)

	// Since is when c, which has ended, was submitted to p.
	Since func(p, c any) time.Time

	// Survey lists the operations of p: see Proactor.Operations.
	Survey func(p any, limit int) Listing

	// SetOwner makes o the Data of c, for good, and whom those ask who look at what is under way.
	// Call it once, before c is submitted.
	SetOwner func(c any, o Owner)
)

// ErrKept is to errors.Is the end of an abandoned operation that the kernel has for good: its
// proactor has ended. So is what was lent to it.
var ErrKept = errors.New("kept by the kernel")

// A Listing is operations that were found under way, the oldest first. What they are is made of
// each only when it is asked for: Fill fills in op, a *proactor.Operation. Since is in nanoseconds
// of Unix time.
type Listing interface {
	Len() int
	Since(i int) int64
	Fill(i int, op any)
}

// An Owner tells, of the operation under way, what it is made on and the context of its call;
// nil for none. The loop asks, between the submission and the callback.
type Owner interface {
	Owned() (on Named, ctx context.Context)
}

// A Named is something that calls are made on. Name tells what it is, a path or addresses, and
// what the program calls it. It may be called from any goroutine, at any time.
type Named interface {
	Name() (target, label string)

	// IsFile reports whether it answers by itself, as a file does: what waits for somebody else
	// is a socket, a pipe or a terminal.
	IsFile() bool
}
