//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/workers"
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
	slot   int32 // of the registered file, or noSlot

	op     backend.Op // outlives the operation, until its event is reaped
	way    way
	state  state
	stage  stage
	stop   stop
	left   uint8 // results still to come: two of a linked pair or with a registered file, else one
	faults uint8 // how often it was submitted again after EFAULT
}

// renew makes f the operation of r.
func (f *operation) renew(r *backend.Request) {
	args := f.args
	*f = operation{}
	f.req, f.token, f.op, f.args, f.slot = r, r.Token, r.Op, args, noSlot
}

// limit notes until when f may take. It is not inlined, for the room on the stack of a caller
// that runs the loop.
//
//go:noinline
func (f *operation) limit() { f.hold().deadline = time.Now().Add(f.req.Limit) }

// noSlot is the slot of an operation that has no registered file.
const noSlot = -1

// state is where an operation is. Submit begins it in the kernel or with a worker, and
// it may end in each state.
//
//	          out of memory for the
//	          linked timeout
//	inKernel -----------------> unlimited
//	  |    ^                      |
//	  |    | submitted            | its result asks for
//	  |    | again                | another submission
//	  |    +------- outside <-----+
//	  |              ^ |
//	  +--------------+ | the second way is a worker
//	                   v
//	               withWorker
type state uint8

const (
	inKernel   state = iota
	unlimited        // in the kernel without its linked timeout
	outside          // to be submitted again
	withWorker       // a worker has it, or will
)

// stage is what an operation's submission is for.
//
//	main <-> poll
type stage uint8

const (
	stageMain stage = iota // the operation itself
	stagePoll              // waiting until it can go on
)

// stop is whether an operation is to end, and why.
//
//	none -> asked -> timedOut
type stop uint8

const (
	stopNone     stop = iota
	stopAsked         // Cancel was called
	stopTimedOut      // the linked timeout ended
)

// ask notes that Cancel was called for f.
func (f *operation) ask() { f.stop = max(f.stop, stopAsked) }

// kernelArgs are what only some operations need. The kernel reads and writes most of it
// by address: it lives in the heap, as addresses in a submission keep nothing alive and
// stacks move.
type kernelArgs struct {
	header unix.Msghdr
	iovecs []unix.Iovec
	limit  Timespec
	statx  unix.Statx_t
	job    workers.Job

	deadline time.Time // of a linked timeout
}

const (
	companion    uint64 = 1 << 63 // marks what accompanies an operation: its timeout, or its registered file
	cancellation uint64 = 1 << 62 // marks a cancellation of the operation that no goroutine waits for
)

// beginAnswer makes the place of a token the answer to a cancel of aim.
func (b *Backend) beginAnswer(token, aim backend.Token) {
	i := int(token.Index)
	if i >= len(b.operations) {
		b.grow(i)
	}
	f := &b.operations[i]
	*f = operation{token: token, aim: aim, args: f.args, slot: noSlot, left: 1}
}

// hold returns the operation's kernel structures.
func (f *operation) hold() *kernelArgs {
	if f.args == nil {
		f.args = new(kernelArgs)
	}
	return f.args
}

// work gives f to the workers. A close waits until the kernel, too, has let go of what
// came before.
func (b *Backend) work(f *operation) {
	if f.op == backend.OpClose {
		b.ring.Settle()
	}
	f.state = withWorker
	f.hold().job.Req = f.req
	b.workers.Submit(&f.args.job)
}

// collect makes events of what the workers have done.
func (b *Backend) collect() {
	done := b.workers.PopAll()
	for j := done.PopFront(); j != nil; j = done.PopFront() {
		f := &b.operations[j.Req.Token.Index]
		j.Req = nil
		b.settle(f, int32(j.Result))
	}
}

// withdraw stops f, which is with the workers, if none has begun it: the answer to its
// cancel is EALREADY otherwise.
func (b *Backend) withdraw(f *operation) unix.Errno {
	if !b.workers.Withdraw(&f.args.job) {
		f.ask()
		return unix.EALREADY
	}
	f.args.job.Req = nil
	b.settle(f, -int32(unix.ECANCELED))
	return 0
}

// settle ends an operation that is not in the kernel.
func (b *Backend) settle(f *operation, result int32) {
	b.local = append(b.local, b.event(f, result))
}
