//go:build unix

package simdisk

import "maps"

// Clone is a disk like d, with the same effects unsynced. Files are open on d alone: On opens
// them on the other. The two share memory until one of them changes it, and each may be used
// by another goroutine. The clone has no Chance.
func (d *Disk) Clone() *Disk {
	c := *d
	c.seen, c.stable = d.seen.clone(), d.stable.clone()
	c.opens, c.of = maps.Clone(d.opens), map[uint64][]*effect{}
	c.pending, c.meta = nil, nil
	for _, e := range d.pending {
		if e.done {
			continue
		}
		twin := *e
		c.pending = append(c.pending, &twin)
		if twin.isMeta() {
			c.meta = append(c.meta, &twin)
		}
		for _, ino := range twin.about() {
			c.of[ino] = append(c.of[ino], &twin)
		}
	}
	c.failing = append([]failure(nil), d.failing...)
	c.chance = nil
	return &c
}

// On is f as it would be open on a clone of its disk.
func (f *File) On(clone *Disk) *File {
	c := *f
	c.d = clone
	return &c
}

// UnsyncedBytes is how much of a file a sync would write now.
func (f *File) UnsyncedBytes() (sum int64) {
	for _, e := range f.d.of[f.ino] {
		if !e.done {
			sum += int64(len(e.data))
		}
	}
	return sum
}
