//go:build linux

package ring

import "sync/atomic"

// mappings are the parts of a ring that the kernel and we both see.
type mappings struct {
	sqRing, cqRing, sqes region
}

// mapAll maps what the kernel described in p. With IORING_FEAT_SINGLE_MMAP
// both rings live in one mapping, and cqRing stays empty.
func mapAll(fd int, p *params) (mappings, error) {
	var m mappings
	sqSize, cqSize := ringSizes(p)
	single := p.features&IORING_FEAT_SINGLE_MMAP != 0
	if single {
		sqSize = max(sqSize, cqSize)
	}
	var err error
	if m.sqRing, err = mapRegion(fd, IORING_OFF_SQ_RING, sqSize); err != nil {
		return m, setupError("mmap submission ring", err)
	}
	if !single {
		if m.cqRing, err = mapRegion(fd, IORING_OFF_CQ_RING, cqSize); err != nil {
			return m, setupError("mmap completion ring", firstError(err, m.unmap()))
		}
	}
	if m.sqes, err = mapRegion(fd, IORING_OFF_SQES, uintptr(p.sqEntries)*sqeSize); err != nil {
		return m, setupError("mmap submission entries", firstError(err, m.unmap()))
	}
	return m, nil
}

// ringSizes are the lengths of the two rings: each ends with its array.
func ringSizes(p *params) (sq, cq uintptr) {
	cq = uintptr(p.cqOff.cqes) + uintptr(p.cqEntries)*cqeSize
	if p.flags&IORING_SETUP_NO_SQARRAY != 0 {
		// No array to end with, and the kernel reports no offset. Both rings
		// are one piece of kernel memory, so the other's length is in bounds.
		return cq, cq
	}
	return uintptr(p.sqOff.array) + uintptr(p.sqEntries)*wordSize, cq
}

func (m *mappings) unmap() error {
	return firstError(m.sqes.unmap(), m.cqRing.unmap(), m.sqRing.unmap())
}

func newRing(fd int, p params, m mappings) *Ring {
	r := &Ring{fd: fd, features: p.features, flags: p.flags, maps: m}
	r.sq = newSubmissionQueue(&r.maps, &p)
	r.cq = newCompletionQueue(&r.maps, &p)
	return r
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

// muteFeature came after the barrier between a result and the kernel's look at
// the flag: the flag itself is older (Linux 5.8), but lifting it without that
// could miss a result.
const muteFeature = IORING_FEAT_NATIVE_WORKERS

func newCompletionQueue(m *mappings, p *params) completionQueue {
	ring := &m.cqRing
	if ring.base == nil {
		ring = &m.sqRing
	}
	q := completionQueue{
		khead: ring.word(p.cqOff.head),
		ktail: ring.word(p.cqOff.tail),
		cqes:  ring.cqes(p.cqOff.cqes, p.cqEntries),
		mask:  *ring.word(p.cqOff.ringMask),
	}
	if p.cqOff.flags != 0 && p.features&muteFeature != 0 {
		q.kflags = ring.word(p.cqOff.flags)
	}
	q.head = atomic.LoadUint32(q.khead)
	return q
}
