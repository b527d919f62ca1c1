//go:build unix

package simdisk

import "slices"

// An effect is what a call did that may not be stable yet. One of naming, attr and data is
// there, or it is a truncation.
type effect struct {
	done bool   // stable, or lost for certain
	seq  uint64 // effects come in order
	when int64
	ino  uint64 // of names: 0

	naming *naming
	attr   *attributes

	data  []byte // written at off, to a file that had the size before
	off   int64
	was   int64
	fresh bool // it needs blocks that the file did not have

	size int64 // of a truncation
}

func (e *effect) end() int64      { return e.off + int64(len(e.data)) }
func (e *effect) grows() bool     { return e.data != nil && e.end() > e.was }
func (e *effect) isMeta() bool    { return e.data == nil }
func (e *effect) truncates() bool { return e.data == nil && e.naming == nil && e.attr == nil }

// A naming changes names, all at once: one, or two in a rename.
type naming struct {
	verb    string
	entries []entry
	removes uint64 // a directory that has no name any more
	moves   bool   // a directory that has another parent
	brings  uint64 // a file that comes in another's stead
}

// An entry is what a name leads to after a naming.
type entry struct {
	dir  uint64
	name string
	ino  uint64 // 0: nothing
	was  uint64 // before
}

// record adds e to what is unsynced.
func (d *Disk) record(e *effect) {
	d.changes++
	e.seq, e.when = d.changes, d.now
	if d.config.Model == Durable {
		return
	}
	d.pending = append(d.pending, e)
	d.undone++
	if e.isMeta() {
		d.meta = append(d.meta, e)
	}
	d.bytes += int64(len(e.data))
	for _, ino := range e.about() {
		d.of[ino] = append(d.of[ino], e)
	}
	if d.bytes > d.config.Unsynced {
		d.writeBackHalf()
	}
}

// about are the nodes that e is about.
func (e *effect) about() []uint64 {
	if e.naming == nil {
		return []uint64{e.ino}
	}
	var all []uint64
	add := func(ino uint64) {
		if slices.Contains(all, ino) {
			return
		}
		if ino != 0 {
			all = append(all, ino)
		}
	}
	for _, en := range e.naming.entries {
		add(en.dir)
		add(en.ino)
		add(en.was)
	}
	return all
}

// finish notes that e is stable or lost.
func (d *Disk) finish(e *effect) {
	if e.done {
		return
	}
	e.done = true
	d.undone--
	d.bytes -= int64(len(e.data))
	if len(d.pending) > 2*d.undone+64 {
		d.pending = undone(d.pending)
		d.meta = undone(d.meta)
	}
}

// undone is those of list that are not done.
func undone(list []*effect) []*effect {
	var rest []*effect
	for _, e := range list {
		if !e.done {
			rest = append(rest, e)
		}
	}
	return rest
}

// sweep drops from the list of a node what is done.
func (d *Disk) sweep(ino uint64) {
	if rest := undone(d.of[ino]); len(rest) > 0 {
		d.of[ino] = rest
	} else {
		delete(d.of, ino)
	}
}

// rename gives names what they lead to, in t. It serves both states and images.
func (t *tree) rename(n *naming, when int64) {
	for _, en := range n.entries {
		dir := t.edit(en.dir)
		if dir == nil || !dir.isDir() {
			continue
		}
		dir.ownNames(t.by)
		dir.modified, dir.changed = when, when
		if old := dir.names[en.name]; old != 0 {
			t.count(dir, old, -1, when)
		}
		if en.ino == 0 {
			delete(dir.names, en.name)
			continue
		}
		dir.names[en.name] = en.ino
		t.count(dir, en.ino, 1, when)
	}
}

// count notes that a name in dir more, or less, leads to a node.
func (t *tree) count(dir *node, ino uint64, by int, when int64) {
	n := t.edit(ino)
	if n == nil {
		return
	}
	n.links += by
	n.changed = when
	if n.isDir() {
		dir.subdirs += by
		if by > 0 {
			n.parent = dir.ino
		}
	}
}
