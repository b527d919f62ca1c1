//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/park"
	"github.com/awaitio/awaitio/internal/workers"
)

var (
	_ backend.Sharer    = (*Backend)(nil)
	_ backend.Settler   = (*Backend)(nil)
	_ backend.Describer = (*Backend)(nil)
	_ backend.Unsender  = (*Backend)(nil)
	_ backend.Leaver    = (*Backend)(nil)
)

// Backend implements the contract of package backend with a Ring. The ordinary round is all in
// this file: Submit has begin fill in entries by the way that route chose, Reap lands the results,
// and Arm and Park wait. Results that the contract does not allow are handled elsewhere:
// conclude.go has spurious ends and operations that would have to wait, attend.go what is
// submitted or cancelled again.
type Backend struct {
	*park.Spot // where the loop waits: it parks there, and is woken

	ring     *Ring
	features backend.Features
	native   uint32 // operations the kernel has, as in features.Ops

	operations []operation
	live       int             // requests taken whose event has not been reaped
	local      []backend.Event // not from the kernel
	cqes       []CQE
	heavy      bool  // the next enter may take long
	kept       bool  // the next enter is the keeper's
	notified   bool  // the kernel tells of results, since Arm
	answer     int32 // to what needs no request: see wayAnswered

	attention     bool            // the four below, or what is left in the queue, are for attend and limit
	again         []backend.Token // to be submitted once more
	paused        []retry         // to be submitted once more
	cancelRetries []retry         // to be asked to stop once more
	failure       error           // of an enter: the ring is of no more use

	salvage int // how often Arm may yet be called after failure
	closed  bool

	workers *workers.Pool
	stat    unix.Statx_t // for typeOf
	linger  unix.Linger  // for lingers

	skipSuccess uint8 // IOSQE_CQE_SKIP_SUCCESS, where the kernel has it
}

// reapMax is how many results are copied out of the queue at once.
const reapMax = 256

// Name is "io_uring".
func (b *Backend) Name() string { return "io_uring" }

// Features are what the probe found that the kernel supports.
func (b *Backend) Features() backend.Features { return b.features }

// Counters may be called at any time, by any goroutine.
func (b *Backend) Counters() backend.Counters {
	return backend.Counters{SystemCalls: b.ring.Enters(), Overflows: b.ring.Overflows()}
}

// Submit takes requests while the ring has room and enters the kernel.
func (b *Backend) Submit(batch []*backend.Request) (taken int, err error) {
	if b.notified {
		b.notified = false
		b.ring.Mute(true)
	}
	if b.attention {
		if proceed, err := b.attend(); !proceed {
			return 0, err
		}
	}
	for taken < len(batch) {
		if b.begin(batch[taken]) {
			taken++
			continue
		}
		if err := b.flush(); err != nil {
			return taken, err
		}
		if b.ring.SQEntries()-b.ring.Pending() < 2 { // a linked pair would not fit
			return taken, nil
		}
	}
	return taken, b.flush()
}

// An enter with only the operations of quick, of at most quickBytes, takes so little time that it
// is made without the scheduler's bookkeeping for system calls that may take long.
const (
	quick = 1<<backend.OpNop | 1<<backend.OpAccept | 1<<backend.OpConnect | 1<<backend.OpPoll |
		1<<backend.OpShutdown | 1<<backend.OpSocket | 1<<backend.OpRecv | 1<<backend.OpSend
	quickBytes = 64 << 10
)

// begin starts an operation for r, or reports that the queue has no room.
func (b *Backend) begin(r *backend.Request) bool {
	i := int(r.Token.Index)
	if i >= len(b.operations) {
		b.grow(i)
	}
	f := &b.operations[i]
	f.renew(r)
	if r.Limited {
		f.limit()
	}
	b.live++
	if (routed|^b.native)&(1<<r.Op) != 0 {
		f.way = b.route(r)
	}
	switch {
	case f.way == wayWorker:
		b.work(f)
	case f.way == wayAnswered:
		b.settle(f, b.answer)
	case b.fill(f):
		b.heavy = b.heavy || quick&(1<<r.Op) == 0 || len(r.Buf) > quickBytes
	default:
		b.live--
		f.req, f.token = nil, backend.TokenNone
		return false
	}
	return true
}

// grow makes the table long enough for the index i. It is not inlined: see limit.
//
//go:noinline
func (b *Backend) grow(i int) {
	operations := make([]operation, max(64, 2*len(b.operations), i+1))
	copy(operations, b.operations)
	b.operations = operations
}

// userData names an operation to the kernel.
func userData(t backend.Token) uint64 { return uint64(t.Generation)<<32 | uint64(t.Index) }

// flush enters the kernel with what is in the queue.
func (b *Backend) flush() error {
	by := sysEnter
	switch {
	case b.kept:
		by = b.ring.keeper.enter
	case b.heavy:
		by = sysEnterHeavy
	}
	left, err := b.ring.submit(by)
	b.heavy, b.kept = b.heavy && left > 0, b.kept && left > 0
	b.attention = b.attention || left > 0 || err != nil
	if err != nil {
		b.failure = err
	}
	return err
}

// Cancel puts a cancellation into the queue. The target's operation remembers it:
// an ECANCELED or EINTR from now on is what was asked for.
func (b *Backend) Cancel(target, answer backend.Token) bool {
	result := unix.ENOENT
	f := b.lookup(target)
	switch {
	case f == nil || f.req == nil:
	case f.state == withWorker:
		result = b.withdraw(f)
	case b.failure != nil:
		f.ask()
		result = unix.EALREADY
	case f.state == outside:
		f.ask() // submitAgain will find it
		b.hasten(target)
		result = 0
	case !b.cancel(f, answer):
		return answer == backend.TokenNone && f.stop == stopAsked
	default:
		b.lookup(target).ask() // an answer may have moved the table
		return true
	}
	if answer != backend.TokenNone {
		b.beginAnswer(answer, backend.TokenNone)
		b.local = append(b.local, backend.Event{Token: answer, Result: -int(result)})
	}
	return true
}

// Reap copies out events. Results that mean "try again" are not events.
func (b *Backend) Reap(events []backend.Event) (n int) {
	if b.workers.Done.Load() {
		b.collect()
	}
	if len(b.local) > 0 {
		n = copy(events, b.local)
		b.local = append(b.local[:0], b.local[n:]...)
	}
	for n < len(events) {
		got := b.ring.Reap(b.cqes[:min(len(b.cqes), len(events)-n)])
		for i := range b.cqes[:got] {
			if e, ok := b.land(&b.cqes[i]); ok {
				events[n] = e
				n++
			}
		}
		if got == 0 {
			break
		}
	}
	return n
}

// land handles one result of the kernel. It returns the event if that ended the operation.
func (b *Backend) land(c *CQE) (backend.Event, bool) {
	f := b.lookup(backend.Token{Index: uint32(c.UserData), Generation: uint32(c.UserData>>32) & backend.GenerationMax})
	switch {
	case f == nil:
		return backend.Event{}, false
	case c.UserData&cancellation != 0:
		b.missed(f, c.Res)
		return backend.Event{}, false
	case c.UserData&companion != 0:
		b.landCompanion(f, c.Res)
	default:
		f.result = c.Res
		if c.Res < 0 {
			f.result = restarted(c.Res)
		}
		if f.slot != noSlot {
			b.reclaim(f)
		}
	}
	f.left--
	switch {
	case f.left > 0:
		return backend.Event{}, false
	case f.req == nil:
		return b.landAnswer(f), true
	case f.result >= 0 && f.stage == stageMain && f.way != wayTry && f.req.Op != backend.OpPoll:
		return b.event(f, f.result), true // most results: there is nothing to decide
	}
	return b.conclude(f)
}

// lookup returns the operation of a token, or nil if it has ended.
func (b *Backend) lookup(token backend.Token) *operation {
	i := int(token.Index)
	if i >= len(b.operations) || b.operations[i].token != token {
		return nil
	}
	return &b.operations[i]
}

// fillsMore are the operations that return more than a count and bytes in the buffer.
const fillsMore = 1<<backend.OpAccept | 1<<backend.OpRecvMsg | 1<<backend.OpStatx

// event ends an operation.
func (b *Backend) event(f *operation, result int32) backend.Event {
	e := backend.Event{Token: f.token, Result: int(result)}
	if f.stop == stopTimedOut {
		e.Flags = backend.TimedOut
	}
	if result > 0 && receives&(1<<f.op) != 0 && f.req.Flags&unix.MSG_WAITALL != 0 && f.interrupted(result) {
		e.Flags = backend.Interrupted
	}
	if result >= 0 && fillsMore&(1<<f.op) != 0 {
		f.unload()
	}
	f.req, f.token = nil, backend.TokenNone
	if f.args != nil {
		f.args.header = unix.Msghdr{}
		clear(f.args.iovecs)
	}
	b.live--
	return e
}

// Settle returns when the kernel has let go of the files of all results reaped.
func (b *Backend) Settle() { b.ring.Settle() }

// Wait parks the goroutine until there may be something to reap.
func (b *Backend) Wait(deadline time.Time) error {
	wait, err := b.Arm(deadline, false)
	if wait && err == nil {
		err = b.Park()
	}
	return err
}

// Arm prepares a Park, unless there is something to do already. If a goroutine is parked, Arm
// reports whether that goroutine will be woken for everything until deadline.
func (b *Backend) Arm(deadline time.Time, parked bool) (wait bool, err error) {
	switch {
	case b.failure != nil && parked:
		return false, nil
	case b.failure != nil:
		return false, b.awaitSalvage()
	case b.attention:
		deadline = b.limit(deadline)
	}
	if wait, err = b.Spot.Arm(deadline, parked); !wait || err != nil {
		return false, err
	}
	b.notified = true
	b.ring.Mute(false) // until the next Submit
	return len(b.again) == 0 && !b.Ready(), nil
}

// Ready reports whether Reap has something to do.
func (b *Backend) Ready() bool {
	return len(b.local) > 0 || b.workers.Done.Load() || b.ring.Ready()
}
