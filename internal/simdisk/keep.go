//go:build unix

package simdisk

// keep makes an effect stable, and those before that it cannot be without.
func (d *Disk) keep(e *effect) {
	switch {
	case e.done:
	case e.naming != nil:
		d.keepNaming(e)
	case e.attr != nil:
		d.finish(e)
		if n := d.stable.edit(e.ino); n != nil {
			n.attributes = *e.attr
		}
	case e.data != nil:
		d.keepWrite(e)
	default:
		d.keepTruncation(e)
	}
}

func (d *Disk) keepWrite(e *effect) {
	d.finish(e)
	n := d.stable.edit(e.ino)
	if n == nil {
		return
	}
	seen := d.seen.get(e.ino)
	for i := uint64(e.off) / pageSize; i <= uint64(e.end()-1)/pageSize; i++ {
		d.keepPage(n, seen, e, i)
	}
	n.size = max(n.size, e.end())
	n.modified, n.changed = e.when, e.when
}

// keepPage writes what e has for the page i to the device. If nothing has changed the page
// since, the two states share it.
func (d *Disk) keepPage(n, seen *node, e *effect, i uint64) {
	if d.hits("lost write", e.ino, d.config.LostWrites) {
		return
	}
	to := i
	if d.hits("misdirected write", e.ino, d.config.Misdirected) {
		to = d.elsewhere(n, i)
	}
	var p *page
	if seen != nil {
		p = seen.pages.get(i)
	}
	switch {
	case p != nil && p.last <= e.seq && to == i:
		if p.by == d.seen.by {
			p.by = nil
		}
		n.pages.set(n.by, i, p)
	case to == i || int64(to*pageSize) < n.size:
		begin := max(e.off, int64(i*pageSize))
		end := min(e.end(), int64(i+1)*pageSize)
		n.write(e.data[begin-e.off:end-e.off], int64(to*pageSize)+begin%pageSize, e.seq)
	}
	if d.hits("bit flip", e.ino, d.config.BitFlips) {
		d.flip(n, to)
	}
}

// elsewhere is another page of the file, or one beyond its end: what is written there is lost.
func (d *Disk) elsewhere(n *node, i uint64) uint64 {
	others := max(1, uint64(n.size+pageSize-1)/pageSize)
	to := uint64(d.chance.Draw("misdirected write", n.ino, int64(others)))
	if to >= i {
		to++
	}
	return to
}

// flip changes a bit of a page.
func (d *Disk) flip(n *node, i uint64) {
	p := n.pages.get(i)
	if p == nil {
		return
	}
	p = n.page(i)
	if bits := int64(len(p.data)) * 8; bits > 0 {
		at := d.chance.Draw("bit flip", n.ino, bits)
		p.data[at/8] ^= 1 << (at % 8)
	}
}

// keepTruncation sets the size. Writes before it that are not stable yet keep what is within.
func (d *Disk) keepTruncation(e *effect) {
	n := d.stable.edit(e.ino)
	if d.config.Model == XFS && n != nil && e.size > n.size { // xfs_setattr_size writes what is between the sizes first
		d.keepBytes(e.ino, d.lastFresh(e.ino, e.seq)+1)
	}
	d.finish(e)
	if n != nil {
		n.resize(e.size, e.seq)
		n.modified, n.changed = e.when, e.when
	}
	for _, w := range d.of[e.ino] {
		if !w.done && w.data != nil && w.seq < e.seq {
			d.clip(w, e.size)
		}
	}
}

// clip has a write end at a size that is stable already.
func (d *Disk) clip(w *effect, size int64) {
	if w.off >= size {
		d.finish(w)
		return
	}
	if n := w.end() - size; n > 0 {
		w.data = w.data[:size-w.off]
		d.bytes -= n
	}
	w.was = w.end()
}

func (d *Disk) keepNaming(e *effect) {
	if d.config.Model == Ext4 && e.naming.brings != 0 {
		d.keepBytes(e.naming.brings, d.lastFresh(e.naming.brings, e.seq)+1)
	}
	d.finish(e)
	if !d.config.Model.journaled() {
		d.keepEarlier(e)
	}
	d.stable.rename(e.naming, e.when)
	for _, en := range e.naming.entries {
		if en.was != 0 {
			d.collect(en.was)
		}
	}
}

// lastFresh is the last write to a file before an effect that needs blocks. On a replacing
// rename ext4 gives it those, and does so with the bytes in them: ext4_alloc_da_blocks.
func (d *Disk) lastFresh(ino, before uint64) (seq uint64) {
	for _, w := range d.of[ino] {
		if !w.done && w.data != nil && w.seq < before && (w.fresh || w.grows()) {
			seq = w.seq
		}
	}
	return seq
}

// keepEarlier keeps the namings that e cannot be without, where there is no journal: those of
// the same names, those in a directory that e removes, and earlier moves of directories.
func (d *Disk) keepEarlier(e *effect) {
	keep := func(list []*effect, needs func(*naming) bool) {
		for _, w := range list {
			if !w.done && w.naming != nil && w.seq < e.seq && needs(w.naming) {
				d.keep(w)
			}
		}
	}
	if e.naming.moves {
		keep(d.meta, func(n *naming) bool { return n.moves })
	}
	if top := e.naming.removes; top != 0 {
		keep(d.of[top], func(n *naming) bool { return n.changes(top) })
	}
	for _, en := range e.naming.entries {
		keep(d.of[en.dir], func(n *naming) bool { return n.names(en) })
	}
}

// names reports whether n changes the same name as an entry.
func (n *naming) names(e entry) bool {
	for _, en := range n.entries {
		if en.dir == e.dir && en.name == e.name {
			return true
		}
	}
	return false
}
