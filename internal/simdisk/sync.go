//go:build unix

package simdisk

import "syscall"

// Sync is fsync(2), or fdatasync(2) if dataOnly. On a directory it keeps names.
func (f *File) Sync(dataOnly bool) syscall.Errno {
	d := f.d
	if errno := d.failure(nil, f.name, syncs); errno != 0 {
		d.lose(f.ino)
		return errno
	}
	if d.hits("sync error", f.ino, d.config.SyncErrors) {
		d.lose(f.ino)
		return syscall.EIO
	}
	d.changes++
	if d.config.Model.journaled() {
		d.syncJournal(f.ino, dataOnly)
	} else {
		d.syncAlone(f.ino, dataOnly)
	}
	d.sweep(f.ino)
	return 0
}

// syncAlone keeps what is about a file's contents and attributes, or a directory's names.
func (d *Disk) syncAlone(ino uint64, dataOnly bool) {
	for _, e := range d.of[ino] {
		switch {
		case e.done:
		case e.naming != nil && !e.naming.changes(ino):
		case e.attr != nil && dataOnly:
		default:
			d.keep(e)
		}
	}
}

// syncJournal writes a file's bytes, and the journal up to the file's last change. Without
// one there is nothing to wait for (i_sync_tid, i_datasync_tid in fs/ext4/fsync.c), so that
// later names of others are not kept.
func (d *Disk) syncJournal(ino uint64, dataOnly bool) {
	last := uint64(0)
	for _, e := range d.of[ino] {
		if !e.done && (e.isMeta() && (e.attr == nil || !dataOnly) || e.grows() || e.fresh || !dataOnly) {
			last = e.seq
		}
	}
	for _, e := range d.meta {
		if e.seq > last {
			break
		}
		if e.truncates() && e.ino == ino {
			d.keepBytes(ino, e.seq)
		}
		d.keep(e)
	}
	d.keepBytes(ino, d.changes)
}

// keepBytes has a file's writes before an effect be stable.
func (d *Disk) keepBytes(ino, before uint64) {
	for _, e := range d.of[ino] {
		if e.data != nil && e.seq < before {
			d.keep(e)
		}
	}
}

// changes reports whether a naming changes a name in a directory.
func (n *naming) changes(dir uint64) bool {
	for _, en := range n.entries {
		if en.dir == dir {
			return true
		}
	}
	return false
}

// lose has a file's unsynced bytes be clean without being stable: after a failed sync Linux
// does not write the pages again.
func (d *Disk) lose(ino uint64) {
	d.changes++
	for _, e := range d.of[ino] {
		if e.data != nil {
			d.finish(e)
		}
	}
	d.sweep(ino)
}

// SyncAll is sync(2) on a device without faults: all is stable after it.
func (d *Disk) SyncAll() {
	if d.config.Model == Durable {
		d.stable = d.seen.clone()
	}
	d.writeBack(func(*effect) bool { return true })
}

// WriteBack makes effects stable that are from an instant, in nanoseconds since 1970, or before.
func (d *Disk) WriteBack(until int64) {
	d.writeBack(func(e *effect) bool { return e.when <= until })
}

// writeBackHalf makes room for more that is unsynced.
func (d *Disk) writeBackHalf() {
	d.writeBack(func(*effect) bool { return d.bytes > d.config.Unsynced/2 })
}

// Oldest is when the oldest unsynced effect was; false if there is none.
func (d *Disk) Oldest() (nanos int64, ok bool) {
	for _, e := range d.pending {
		if !e.done {
			return e.when, true
		}
	}
	return 0, false
}

func (d *Disk) writeBack(fits func(*effect) bool) {
	for _, e := range d.pending {
		if !e.done && !fits(e) {
			break
		}
		if !e.done {
			d.changes++
			d.keep(e)
			for _, ino := range e.about() {
				d.sweep(ino)
			}
		}
	}
	d.pending, d.meta = undone(d.pending), undone(d.meta)
}
