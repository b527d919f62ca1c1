//go:build unix

package sim

import (
	"math/rand/v2"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A Plan is which faults a Faulty backend has.
type Plan struct {
	Faults []Fault

	// BreakContract also lets through what the seam's contract forbids: EINTR,
	// an ECANCELED that nobody asked for, and EAGAIN without MSG_DONTWAIT.
	BreakContract bool
}

// A Fault befalls a share of operations. The first one of a Plan that hits an
// operation counts; Late comes on top of another.
type Fault struct {
	Kind  Kind
	Share float64       // 0 to 1; for those marked so, of calls
	Errno syscall.Errno // of Errno
	Delay Span          // of Late and LateCancel

	// Which operations: a set of 1<<Op, where 0 is all, and those that Match
	// approves of, if it is there.
	Ops   uint32
	Match func(*backend.Request) bool
}

// A Kind is what a fault does.
type Kind uint8

// The kinds. Those on calls do not look at Ops and Match.
const (
	// Short lends a part of the buffer, so that the count is short. It is for
	// reads, writes, receives and sends, and not for datagrams: that is for the
	// Plan to see to.
	Short Kind = iota

	// Errno fails the operation with Fault.Errno, without it having been tried.
	// A close is carried out all the same.
	Errno

	// Late holds the event back for Fault.Delay.
	Late

	// Reorder shuffles the events at hand (calls of Reap).
	Reorder

	// LateCancel answers a cancel with EALREADY and asks only after Fault.Delay
	// (calls of Cancel). The operation may be faster.
	LateCancel

	// FullQueue takes fewer requests than there was room for (calls of Submit).
	// The share must be below 1.
	FullQueue

	// FullCancel has no room for a cancel (calls of Cancel). The share must be
	// below 1.
	FullCancel

	// EarlyWait ends a wait for no reason (calls of Wait). The share must be
	// below 1.
	EarlyWait

	kindCount
)

var kindNames = [kindCount]string{
	"short", "errno", "late", "reorder", "late cancel", "full queue", "full cancel", "early wait",
}

// String is the kind in words.
func (k Kind) String() string {
	if k < kindCount {
		return kindNames[k]
	}
	return "unknown fault"
}

// dice decides what goes wrong, and counts it.
type dice struct {
	plan   Plan
	rand   *rand.Rand
	counts [kindCount]atomic.Uint64
}

// call draws whether a call meets with a fault of this kind.
func (d *dice) call(k Kind) *Fault {
	for i := range d.plan.Faults {
		if f := &d.plan.Faults[i]; f.Kind == k && d.rand.Float64() < f.Share {
			return f
		}
	}
	return nil
}

// request draws what befalls r: at most one of Short and Errno, and Late.
func (d *dice) request(r *backend.Request) (fault, late *Fault) {
	for i := range d.plan.Faults {
		f := &d.plan.Faults[i]
		if f.Kind > Late || d.rand.Float64() >= f.Share || !d.fits(f, r) {
			continue
		}
		switch {
		case f.Kind == Late:
			late = f
		case fault == nil:
			fault = f
		}
	}
	return fault, late
}

// fits reports whether f may befall r.
func (d *dice) fits(f *Fault, r *backend.Request) bool {
	switch {
	case f.Ops != 0 && f.Ops&(1<<r.Op) == 0, f.Match != nil && !f.Match(r):
		return false
	case f.Kind == Short:
		return canBeShort(r)
	case f.Kind == Errno && !d.plan.BreakContract:
		return lawful(f.Errno, r)
	}
	return true
}

// canBeShort reports whether a short count is an ordinary result of r.
func canBeShort(r *backend.Request) bool {
	switch r.Op {
	case backend.OpRecv:
		return len(r.Buf) > 1 && r.Flags&unix.MSG_WAITALL == 0
	case backend.OpRead, backend.OpWrite, backend.OpWriteSync, backend.OpSend:
		return len(r.Buf) > 1
	case backend.OpReadV, backend.OpWriteV:
		return (&flight{req: r}).capacity() > 1
	}
	return false
}

// lawful reports whether the contract lets errno through for r.
func lawful(errno syscall.Errno, r *backend.Request) bool {
	switch errno {
	case syscall.EINTR, syscall.ECANCELED:
		return false
	case syscall.EAGAIN:
		return (&flight{req: r}).dontWait()
	}
	return true
}

func (d *dice) count(k Kind) { d.counts[k].Add(1) }
