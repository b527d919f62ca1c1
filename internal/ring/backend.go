//go:build linux

package ring

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/park"
)

// Backend serves the seam's contract with a Ring. What the kernel lets through
// that the contract does not, it deals with here: spurious ends, operations that
// would have to wait, and the two results of a linked pair.
type Backend struct {
	ring     *Ring
	features backend.Features
	native   uint32     // operations the kernel has, as in features.Ops
	spot     *park.Spot // where the loop waits

	operations    []operation
	live          int             // requests taken whose event has not been reaped
	again         []backend.Token // to be submitted once more
	paused        []cancelRetry   // to be submitted once more, later
	cancelRetries []cancelRetry   // to be asked to stop once more
	local         []backend.Event // not from the kernel
	cqes          []CQE
	heavy         bool // the next Submit may take long
	kept          bool // the next Submit is the keeper's

	skipSuccess uint8 // IOSQE_CQE_SKIP_SUCCESS, where the kernel has it
	failure     error // of an enter: the ring is of no more use
	salvage     int   // how often Arm may yet be called after that
	closed      bool

	workers workers
	closers workers      // closes: no other operation that hangs holds them up
	stat    unix.Statx_t // for typeOf
	linger  unix.Linger  // for lingers
	errno   unix.Errno   // the answer to what needs no request: see wayAnswered
}

// reapMax is how many results are copied out of the queue at once.
const reapMax = 256

// NewBackend opens a ring for the proactor.
func NewBackend(c Config) (*Backend, error) {
	r, err := Open(c)
	if err != nil {
		return nil, err
	}
	b := &Backend{ring: r, features: backend.Features{TransferMax: MAX_RW_COUNT}, cqes: make([]CQE, reapMax)}
	if err = b.learn(c); err == nil {
		err = b.openSpot()
	}
	if err == nil {
		err = b.try()
	}
	if err != nil {
		return nil, firstError(err, r.Close())
	}
	b.workers.init(c.Workers, b.spot.Wake)
	b.closers.init(c.Workers, b.spot.Wake)
	r.LimitWorkers(max(c.Workers, 1))
	return b, nil
}

// featuresNeeded came with Linux 5.7 at the latest; without them the driver
// could lose results, or would have to keep more alive for longer.
const featuresNeeded = IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL

// learn finds out what the kernel can do.
func (b *Backend) learn(c Config) error {
	features := b.ring.Features()
	if features&featuresNeeded != featuresNeeded {
		return &SetupError{"io_uring_setup", unix.ENOSYS, "the kernel is too old: io_uring as of Linux 5.7 is needed"}
	}
	probe, err := b.ring.Probe()
	if err != nil {
		return setupError("probing io_uring", err)
	}
	for op, code := range opcodes {
		o := backend.Op(op)
		known := probe.Has(code) && c.WithoutOps&(1<<o) == 0
		if known || substitutes[o] != nil {
			b.features.Ops |= 1 << o
		}
		if known {
			b.native |= 1 << o
		}
	}
	b.features.LinkedTimeout = probe.Has(IORING_OP_LINK_TIMEOUT) && !c.WithoutLinks
	if features&IORING_FEAT_CQE_SKIP != 0 {
		b.skipSuccess = IOSQE_CQE_SKIP_SUCCESS
	}
	return nil
}

// try has the ring carry out one operation: a filter that lets a ring be made may
// still forbid its use.
func (b *Backend) try() error {
	b.ring.Next().PrepNop()
	_, err := b.ring.Submit()
	if err != nil {
		return setupError("io_uring_enter", errors.Unwrap(err))
	}
	if b.ring.Reap(b.cqes) == 0 {
		return errIdle
	}
	return nil
}

var errIdle = errors.New("io_uring_enter: an operation that does nothing has no result")

// Name is "io_uring".
func (b *Backend) Name() string { return "io_uring" }

// Features are what the kernel was found to support.
func (b *Backend) Features() backend.Features { return b.features }

// Counters may be called while the loop is not in another method.
func (b *Backend) Counters() backend.Counters {
	return backend.Counters{SystemCalls: b.ring.Enters(), Overflows: b.ring.Overflows()}
}

// Submit takes requests while the ring has room and enters the kernel.
func (b *Backend) Submit(batch []*backend.Request) (taken int, err error) {
	if b.failure != nil {
		return 0, b.salvaging()
	}
	b.askAgain()
	if err := b.submitAgain(); err != nil {
		return 0, err
	}
	for taken < len(batch) && len(b.again) == 0 {
		if r := batch[taken]; b.native&(1<<r.Op) == 0 {
			b.substitute(r)
			taken++
			continue
		}
		if b.begin(batch[taken]) {
			taken++
			continue
		}
		if err := b.flush(); err != nil {
			return taken, err
		}
		if !b.room() {
			return taken, nil
		}
	}
	return taken, b.flush()
}

// submitAgain gives the kernel what it, or a signal, turned away.
func (b *Backend) submitAgain() error {
	b.resume()
	for n := 0; n < len(b.again); n++ {
		f := b.operation(b.again[n])
		if f.asked {
			b.settle(f, -int32(unix.ECANCELED))
			continue
		}
		if b.fill(f) {
			continue
		}
		if err := b.flush(); err != nil {
			return err
		}
		if !b.fill(f) {
			b.again = append(b.again[:0], b.again[n:]...)
			return nil
		}
	}
	b.again = b.again[:0]
	return nil
}

// room reports whether a linked pair would fit.
func (b *Backend) room() bool { return b.ring.SQEntries()-b.ring.Pending() >= 2 }

// begin starts an operation for r, or reports that the queue has no room.
func (b *Backend) begin(r *backend.Request) bool {
	f := b.allocate(r.Token)
	f.start(r)
	switch f.way = b.route(r); f.way {
	case wayWorker:
		b.live++
		b.work(f)
		return true
	case wayAnswered:
		b.live++
		b.settle(f, -int32(b.errno))
		return true
	}
	if !b.fill(f) {
		f.end()
		return false
	}
	b.live++
	b.heavy = b.heavy || isHeavy(r)
	return true
}

// flush enters the kernel with what is in the queue. A call that cannot take
// long does without the scheduler's bookkeeping for those that can.
func (b *Backend) flush() error {
	var err error
	switch {
	case b.kept:
		_, err = b.ring.SubmitKept()
	case b.heavy:
		_, err = b.ring.SubmitHeavy()
	default:
		_, err = b.ring.Submit()
	}
	left := b.ring.Pending() > 0
	b.heavy, b.kept = b.heavy && left, b.kept && left
	if err != nil {
		b.failure = err
	}
	return err
}

// lightBytes is how much a call may copy before it counts as heavy.
const lightBytes = 64 << 10

func isHeavy(r *backend.Request) bool {
	switch r.Op {
	case backend.OpNop, backend.OpAccept, backend.OpConnect, backend.OpPoll, backend.OpShutdown, backend.OpSocket:
		return false
	case backend.OpRecv, backend.OpSend:
		return len(r.Buf) > lightBytes
	}
	return true
}

// Cancel puts a cancellation into the queue. The target's operation remembers it:
// an ECANCELED or EINTR from now on is what was asked for.
func (b *Backend) Cancel(target, answer backend.Token) bool {
	f := b.lookup(target)
	if f == nil || f.req == nil {
		b.answer(answer, -int32(unix.ENOENT))
		return true
	}
	if f.way == wayWorker {
		b.withdraw(f, answer)
		return true
	}
	if b.failure != nil {
		f.asked = true
		b.answer(answer, -int32(unix.EALREADY))
		return true
	}
	if f.where == outside {
		f.asked = true // submitAgain will find it
		b.hasten(target)
		b.answer(answer, 0)
		return true
	}
	if answer == backend.TokenNone {
		f.asked = b.cancel(target) || f.asked
		return f.asked
	}
	sqe := b.ring.Next()
	if sqe == nil {
		return false
	}
	f.asked = true
	sqe.PrepCancel64(uint64(f.token), 0)
	sqe.UserData = uint64(answer)
	b.allocate(answer).startAnswer(target)
	return true
}

func (b *Backend) answer(token backend.Token, result int32) {
	if token != backend.TokenNone {
		b.allocate(token).startAnswer(backend.TokenNone) // no descriptor, whatever had the place before
		b.local = append(b.local, backend.Event{Token: token, Result: int(result)})
	}
}

// Reap copies out events. Results that mean "try again" are not events.
func (b *Backend) Reap(events []backend.Event) int {
	b.collect()
	n := b.reapLocal(events)
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

func (b *Backend) reapLocal(events []backend.Event) int {
	if len(b.local) == 0 {
		return 0
	}
	n := copy(events, b.local)
	b.local = append(b.local[:0], b.local[n:]...)
	return n
}

// Close stops what is still in flight and waits for it, then gives the ring
// back. A descriptor that nobody can take any more is closed.
func (b *Backend) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if b.failure != nil {
		return b.closeFailed()
	}
	err := b.drain()
	b.workers.wait()
	b.closers.wait()
	b.ring.Settle()
	return firstError(err, b.spot.Close(), b.ring.Close())
}

func (b *Backend) drain() error {
	var events [reapMax]backend.Event
	for i := range b.operations {
		if f := &b.operations[i]; f.req != nil && !f.asked {
			for !b.Cancel(f.token, backend.TokenNone) {
				if err := b.flush(); err != nil {
					return err
				}
			}
		}
	}
	for b.live > 0 {
		if _, err := b.Submit(nil); err != nil {
			return err
		}
		if at := b.askAt(); !at.IsZero() {
			time.Sleep(time.Until(at))
		} else if b.live > 0 {
			if err := b.Wait(time.Time{}); err != nil {
				return err
			}
		}
		for n := b.Reap(events[:]); n > 0; n = b.Reap(events[:]) {
			b.discard(events[:n])
		}
	}
	return nil
}
