//go:build unix

package simdisk

// read fills p from the offset off, within the size, and returns how much that is.
func (n *node) read(p []byte, off int64) int {
	if off >= n.size {
		return 0
	}
	p = p[:min(int64(len(p)), n.size-off)]
	for at := 0; at < len(p); {
		i, in := uint64(off+int64(at))/pageSize, int(off+int64(at))%pageSize
		size := min(len(p)-at, pageSize-in)
		n.pages.get(i).read(p[at:at+size], in)
		at += size
	}
	return len(p)
}

// page is the page i, to be changed.
func (n *node) page(i uint64) *page {
	old := n.pages.get(i)
	if old == nil {
		old = &page{}
	}
	p := old.own(n.by)
	if p != old {
		n.pages.set(n.by, i, p)
	}
	return p
}

// write puts p at the offset off, and does not change the size. The effect seq did it.
func (n *node) write(p []byte, off int64, seq uint64) {
	for len(p) > 0 {
		in := int(off % pageSize)
		size := min(len(p), pageSize-in)
		g := n.page(uint64(off) / pageSize)
		g.write(p[:size], in)
		g.last = seq
		p, off = p[size:], off+int64(size)
	}
}

// growth is how many bytes more a write would store, of those with an own cost.
func (n *node) growth(off int64, size int) int64 {
	sum := int64(0)
	for end := off + int64(size); off < end; {
		in := off % pageSize
		upTo := min(in+end-off, pageSize)
		if g := n.pages.get(uint64(off) / pageSize); g == nil {
			sum += upTo
		} else {
			sum += max(0, upTo-int64(len(g.data)))
		}
		off += upTo - in
	}
	return sum
}

// resize sets the size; what is beyond is gone. It returns how many bytes that freed.
func (n *node) resize(size int64, seq uint64) (freed int64) {
	n.size = size
	whole := uint64(size+pageSize-1) / pageSize
	n.pages.cut(n.by, whole, func(p *page) { freed += int64(len(p.data)) })
	in := int(size % pageSize)
	if g := n.pages.get(uint64(size) / pageSize); in > 0 && g != nil && len(g.data) > in {
		freed += int64(len(g.data) - in)
		p := n.page(uint64(size) / pageSize)
		p.data = p.data[:in:in]
		p.last = seq
	}
	return freed
}

// stored is how many bytes of a file take room.
func (n *node) stored() (sum int64) {
	for i, p := n.pages.next(0); p != nil; i, p = n.pages.next(i + 1) {
		sum += int64(len(p.data))
	}
	return sum
}

// allocated is how many pages a file has.
func (n *node) allocated() (count int64) {
	for i, p := n.pages.next(0); p != nil; i, p = n.pages.next(i + 1) {
		count++
	}
	return count
}
