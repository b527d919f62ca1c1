//go:build linux

package ring

import "sync/atomic"

// submissionQueue is our half of the SQ: we own the tail, the kernel the head.
type submissionQueue struct {
	khead  *uint32 // the kernel's, moved by io_uring_enter
	ktail  *uint32 // ours, as the kernel sees it
	kflags *uint32
	sqes   []SQE
	mask   uint32
	tail   uint32 // slots handed out; ahead of *ktail until publish
}

func newSubmissionQueue(m *mappings, p *params) submissionQueue {
	q := submissionQueue{
		khead:  m.sqRing.word(p.sqOff.head),
		ktail:  m.sqRing.word(p.sqOff.tail),
		kflags: m.sqRing.word(p.sqOff.flags),
		sqes:   m.sqes.sqes(p.sqEntries),
		mask:   *m.sqRing.word(p.sqOff.ringMask),
	}
	q.tail = atomic.LoadUint32(q.ktail)
	if p.flags&IORING_SETUP_NO_SQARRAY == 0 {
		// The array maps ring positions to slots. We use slots in order, so
		// it is the identity, written once.
		for i, array := uint32(0), m.sqRing.words(p.sqOff.array, p.sqEntries); i < p.sqEntries; i++ {
			array[i] = i
		}
	}
	return q
}

// pending counts the slots filled and not yet consumed.
func (q *submissionQueue) pending() uint32 {
	return q.tail - atomic.LoadUint32(q.khead)
}

// room counts the free slots.
func (q *submissionQueue) room() uint32 {
	return uint32(len(q.sqes)) - q.pending()
}

// acquire returns the slot at the tail; the caller has checked the room.
//
// All 64 bytes are cleared, because the kernel refuses an operation whose
// unused fields are set: what the slot's last user left in rw_flags or addr3
// would fail the next one with EINVAL or EOPNOTSUPP.
func (q *submissionQueue) acquire() *SQE {
	s := &q.sqes[q.tail&q.mask]
	q.tail++
	s.reset()
	return s
}

// publish shows the filled slots to the kernel. The store is a release: the
// slots' contents are visible before the tail is.
func (q *submissionQueue) publish() {
	atomic.StoreUint32(q.ktail, q.tail)
}

func (q *submissionQueue) flags() uint32 {
	return atomic.LoadUint32(q.kflags)
}

// Next returns the next free submission slot with all its 64 bytes zero, or
// nil when the queue is full (Submit makes room) or the ring is closed.
//
// The slot is the kernel's from the next Submit on.
func (r *Ring) Next() *SQE {
	if r.closed.Load() || r.sq.room() < 1 {
		return nil
	}
	return r.sq.acquire()
}

// NextPair returns two adjacent slots for a linked pair, or nil, nil when
// there is no room for both: half a pair would run without its other half.
func (r *Ring) NextPair() (a, b *SQE) {
	if r.closed.Load() || r.sq.room() < 2 {
		return nil, nil
	}
	return r.sq.acquire(), r.sq.acquire()
}

// Pending counts the slots handed out and not yet consumed by the kernel.
func (r *Ring) Pending() int {
	if r.closed.Load() {
		return 0
	}
	return int(r.sq.pending())
}
