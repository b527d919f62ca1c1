//go:build linux

package ring

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

// completions is the mapping that holds the completion ring.
func (m *mappings) completions() *region {
	if m.cqRing.base == nil {
		return &m.sqRing
	}
	return &m.cqRing
}

func (m *mappings) unmap() error {
	return firstError(m.sqes.unmap(), m.cqRing.unmap(), m.sqRing.unmap())
}
