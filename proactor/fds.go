package proactor

// fdEntry is what the loop knows of one descriptor: the operations on it and
// the close that waits for them. Closing a descriptor cancels nothing in the
// kernel, and an operation started later would meet the file that got the number
// next; so a close goes out only when the list is empty.
type fdEntry struct {
	first   *Completion
	closing *Completion
	held    list // came while the close was in flight: the number may be new by then
}

// fdTable finds the entry of a descriptor. Numbers are small and dense; a wild
// one, which the kernel will refuse, must not cost memory.
type fdTable struct {
	dense  []fdEntry
	sparse map[int]*fdEntry
}

const denseMax = 1 << 16

func (t *fdTable) entry(fd int) *fdEntry {
	if fd < len(t.dense) {
		return &t.dense[fd]
	}
	return t.newEntry(fd)
}

// newEntry is entry where the dense table does not reach. It stays apart for its
// frame, as deliverStat does.
//
//go:noinline
func (t *fdTable) newEntry(fd int) *fdEntry {
	if fd < denseMax {
		dense := make([]fdEntry, min(denseMax, max(64, 2*fd)))
		copy(dense, t.dense)
		t.dense = dense
		return &t.dense[fd]
	}
	e := t.sparse[fd]
	if e == nil {
		if t.sparse == nil {
			t.sparse = make(map[int]*fdEntry)
		}
		e = new(fdEntry)
		t.sparse[fd] = e
	}
	return e
}

// forget drops an entry that holds nothing any more.
func (t *fdTable) forget(fd int) {
	if e := t.sparse[fd]; e != nil && e.first == nil && e.closing == nil && e.held.size == 0 {
		delete(t.sparse, fd)
	}
}

func (e *fdEntry) link(c *Completion) {
	c.onFD = true
	c.fdNext, c.fdPrev = e.first, nil
	if e.first != nil {
		e.first.fdPrev = c
	}
	e.first = c
}

func (e *fdEntry) unlink(c *Completion) {
	c.onFD = false
	if c.fdPrev == nil {
		e.first = c.fdNext
	} else {
		c.fdPrev.fdNext = c.fdNext
	}
	if c.fdNext != nil {
		c.fdNext.fdPrev = c.fdPrev
	}
	c.fdNext, c.fdPrev = nil, nil
}
