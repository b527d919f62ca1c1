//go:build linux

package ring

import "sync/atomic"

// completionQueue is our half of the CQ: the kernel owns the tail, we the head.
type completionQueue struct {
	khead     *uint32 // ours, as the kernel sees it
	ktail     *uint32 // the kernel's
	koverflow *uint32 // counts results that are lost
	kflags    *uint32 // ours: IORING_CQ_EVENTFD_DISABLED; nil before Linux 5.12
	cqes      []CQE
	mask      uint32
	head      uint32
}

// muteFeature came after the barrier between a result and the kernel's look at
// the flag: the flag itself is older (Linux 5.8), but lifting it without that
// could miss a result.
const muteFeature = IORING_FEAT_NATIVE_WORKERS

func newCompletionQueue(m *mappings, p *params) completionQueue {
	ring := m.completions()
	q := completionQueue{
		khead:     ring.word(p.cqOff.head),
		ktail:     ring.word(p.cqOff.tail),
		koverflow: ring.word(p.cqOff.overflow),
		cqes:      ring.cqes(p.cqOff.cqes, p.cqEntries),
		mask:      *ring.word(p.cqOff.ringMask),
	}
	if p.cqOff.flags != 0 && p.features&muteFeature != 0 {
		q.kflags = ring.word(p.cqOff.flags)
	}
	q.head = atomic.LoadUint32(q.khead)
	return q
}

// ready counts the results to be read. The load is an acquire: what the
// kernel wrote before it moved the tail is visible after.
func (q *completionQueue) ready() uint32 {
	return atomic.LoadUint32(q.ktail) - q.head
}

// seen is ready for goroutines that do not use the ring: from what we tell the
// kernel of our head.
func (q *completionQueue) seen() bool {
	return atomic.LoadUint32(q.ktail) != atomic.LoadUint32(q.khead)
}

func (q *completionQueue) full() bool {
	return q.ready() == uint32(len(q.cqes))
}

// copyTo copies results out, oldest first, and gives their slots back to the
// kernel with one release store.
func (q *completionQueue) copyTo(dst []CQE) int {
	n := min(int(q.ready()), len(dst))
	if n == 0 {
		return 0
	}
	// The queue may wrap: first what is before the end, then the rest.
	first := copy(dst[:n], q.cqes[q.head&q.mask:])
	copy(dst[first:n], q.cqes)
	q.head += uint32(n)
	atomic.StoreUint32(q.khead, q.head)
	return n
}

// Ready reports whether Reap has something to do: a result is visible, or the
// kernel asks to be entered for one.
//
// It may be called beside the goroutine that uses the ring, though not beside
// Close.
//
// Work that belongs to another thread does not count once an enter has shown
// that it does: a loop that spun on it would burn a processor until that
// thread's next timer tick. The descriptor becomes readable when it is done.
func (r *Ring) Ready() bool {
	if r.closed.Load() {
		return false
	}
	flags := r.sq.flags() & askFlags
	if r.foreign.Load() {
		flags &^= IORING_SQ_TASKRUN
	}
	return r.cq.seen() || flags != 0
}

// Reap copies results into dst without blocking and returns how many.
//
// Results that overflowed the queue or wait for us to enter the kernel are
// fetched first. There may be more when dst was filled and while Ready says so.
func (r *Ring) Reap(dst []CQE) int {
	if r.closed.Load() {
		return 0
	}
	r.fetch()
	return r.cq.copyTo(dst)
}

// fetch enters the kernel if it asks for that.
func (r *Ring) fetch() {
	flags := r.askedFor()
	if flags == 0 {
		return
	}
	if flags == IORING_SQ_CQ_OVERFLOW && r.cq.full() {
		return // the overflow could go nowhere; it is fetched when there is room
	}
	if errno := r.enter(0, IORING_ENTER_GETEVENTS, sysEnter); errno != 0 && !later(errno) {
		r.deferred = r.failed(errno) // Reap has no error to return: Submit does
	}
}
