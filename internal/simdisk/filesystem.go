//go:build unix

package simdisk

import "syscall"

// A Disk is a device with a file system. Its methods and those of its Files must not be called
// by two goroutines at a time.
type Disk struct {
	config Config
	chance Chance
	now    int64

	seen   tree // what calls see
	stable tree // what a crash leaves for certain
	used   int64
	opens  map[uint64]int // open files of a node

	uncounted bool // used is not known yet

	made    uint64 // the last number of a node
	changes uint64 // so far

	pending []*effect            // in order; some are done
	meta    []*effect            // those of them that are names, attributes and truncations
	of      map[uint64][]*effect // those about a node
	undone  int                  // in pending
	bytes   int64                // of undone writes

	failing []failure
}

// New is an empty disk.
func New(c Config) *Disk {
	d := &Disk{made: rootIno, opens: map[uint64]int{}, of: map[uint64][]*effect{}}
	d.seen = newTree(0)
	d.stable = d.seen.clone()
	d.config = c.withDefaults()
	return d
}

// Config is the present one, with defaults.
func (d *Disk) Config() Config { return d.config }

// Configure changes the disk. A change of the model leaves nothing unsynced.
func (d *Disk) Configure(c Config) {
	c = c.withDefaults()
	if c.Model != d.config.Model {
		d.SyncAll()
	}
	d.config = c
}

// SetChance has c decide what befalls the disk. Without one there are no faults.
func (d *Disk) SetChance(c Chance) { d.chance = c }

// SetTime says what time it is, in nanoseconds since 1970, until the next call.
func (d *Disk) SetTime(nanos int64) { d.now = nanos }

// Changes counts changes of what calls see and of what is stable. Where it stands still, a
// crash leaves the same images.
func (d *Disk) Changes() uint64 { return d.changes }

// newNode adds a node that no name leads to yet. It has the group of the directory that it is
// for, where that has S_ISGID, and a directory has the bit too.
func (d *Disk) newNode(dir *node, mode uint32) *node {
	d.made++
	n := node{ino: d.made, attributes: attributes{mode: mode, accessed: d.now, modified: d.now, changed: d.now}, born: d.now}
	if dir.mode&syscall.S_ISGID != 0 {
		n.gid = dir.gid
		if n.isDir() {
			n.mode |= syscall.S_ISGID
		}
	}
	if n.isDir() {
		n.names = map[string]uint64{}
	}
	if d.config.Model != Durable {
		twin := n
		if n.isDir() {
			twin.names = map[string]uint64{}
		}
		d.stable.put(&twin)
	}
	d.seen.put(&n)
	return &n
}

// forget drops a node that no name and no open file leads to any more.
func (d *Disk) forget(ino uint64) {
	n := d.seen.get(ino)
	if n == nil || n.links > 0 || d.opens[ino] > 0 {
		return
	}
	d.used -= n.stored()
	d.seen.nodes.set(d.seen.by, ino, nil)
	d.collect(ino)
}

// collect drops a node that neither state leads to, and what is unsynced of it.
func (d *Disk) collect(ino uint64) {
	n := d.stable.get(ino)
	if n == nil || n.links > 0 || d.seen.get(ino) != nil {
		return
	}
	for _, e := range d.of[ino] {
		if !e.done && e.naming != nil {
			return // a name may come back
		}
	}
	for _, e := range d.of[ino] {
		d.finish(e)
	}
	delete(d.of, ino)
	d.stable.nodes.set(d.stable.by, ino, nil)
}

// room is how many bytes more can be stored.
func (d *Disk) room() int64 {
	d.count()
	if d.config.Size <= 0 {
		return SizeMax
	}
	return max(0, d.config.Size-d.used)
}

// count finds out, after a crash, what is used, and drops what no name leads to.
func (d *Disk) count() {
	if !d.uncounted {
		return
	}
	d.uncounted, d.used = false, 0
	reached := map[uint64]bool{}
	d.reach(rootIno, reached)
	for i, n := d.seen.nodes.next(0); n != nil; i, n = d.seen.nodes.next(i + 1) {
		switch {
		case reached[i] || d.opens[i] > 0:
			d.used += n.stored()
		default:
			d.seen.nodes.set(d.seen.by, i, nil)
			d.stable.nodes.set(d.stable.by, i, nil)
		}
	}
}

func (d *Disk) reach(ino uint64, reached map[uint64]bool) {
	if reached[ino] {
		return
	}
	reached[ino] = true
	for _, child := range d.seen.get(ino).names {
		d.reach(child, reached)
	}
}

// SizeMax is the largest size of a file: that of ext4 with blocks of 4 KiB.
const SizeMax = 16<<40 - pageSize

// An Info is what stat(2) tells.
type Info struct {
	Ino      uint64
	Mode     uint32 // with S_IFMT
	Links    uint32
	UID, GID uint32
	Size     int64
	Blocks   int64 // of 512 bytes

	Accessed, Modified, Changed, Born int64 // nanoseconds since 1970
}

// IsDir reports whether it is a directory.
func (i Info) IsDir() bool { return i.Mode&syscall.S_IFMT == syscall.S_IFDIR }

// IsSocket reports whether it is the name of a unix socket.
func (i Info) IsSocket() bool { return i.Mode&syscall.S_IFMT == syscall.S_IFSOCK }

func (n *node) info() Info {
	i := Info{
		Ino: n.ino, Mode: n.mode, Links: n.nlink(), UID: n.uid, GID: n.gid, Size: n.size,
		Accessed: n.accessed, Modified: n.modified, Changed: n.changed, Born: n.born,
	}
	switch {
	case n.isDir():
		i.Size, i.Blocks = pageSize, pageSize/512
	case n.isLink():
		i.Size = int64(len(n.target))
	default:
		i.Blocks = n.allocated() * (pageSize / 512)
	}
	return i
}
