//go:build unix

package sim

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// delays are how long the two halves of an operation on a file take: the second is the
// sync of a write that is one too.
func (d *Disk) delays(f *flight) (first, second time.Duration) {
	if f.file == nil || d.quick() {
		return 0, 0
	}
	o, ok := f.file.resource.(*openFile)
	if !ok {
		return 0, 0
	}
	switch f.req.Op {
	case backend.OpRead, backend.OpReadV:
		return d.lasts(d.config.Read, f.capacity()), 0
	case backend.OpWrite, backend.OpWriteV:
		first = d.lasts(d.config.Write, 0)
		if o.Syncs() {
			first += d.lasts(d.config.Sync, f.capacity())
		}
		return first, 0
	case backend.OpWriteSync:
		return d.lasts(d.config.Write, 0), d.lasts(d.config.Sync, f.capacity()+int(o.UnsyncedBytes()))
	case backend.OpFsync:
		return d.lasts(d.config.Sync, int(o.UnsyncedBytes())), 0
	}
	return 0, 0
}

// quick reports whether nothing takes time.
func (d *Disk) quick() bool {
	c := &d.config
	return c.Read == Dist{} && c.Write == Dist{} && c.Sync == Dist{} && c.Bandwidth == 0
}

// lasts is how long it takes to do something, and to transfer bytes after all that were
// transferred before.
func (d *Disk) lasts(dist Dist, bytes int) (t time.Duration) {
	if dist != (Dist{}) {
		t = dist.at(d.draw(chanceDiskTime, d.id))
	}
	if d.config.Bandwidth > 0 && bytes > 0 {
		d.busyUntil = max(d.busyUntil, d.w.now) + int64(float64(bytes)/float64(d.config.Bandwidth)*float64(time.Second))
		t += time.Duration(d.busyUntil - d.w.now)
	}
	return t
}

// changed sees to it that what is unsynced becomes stable by itself. What is almost as old as
// the oldest does so with it.
func (d *Disk) changed() {
	d.halt()
	if d.config.Writeback == (Dist{}) || d.writeback != nil || d.known == d.fs.Changes() {
		return
	}
	d.known = d.fs.Changes()
	oldest, some := d.fs.Oldest()
	if !some {
		return
	}
	age := d.config.Writeback.at(d.draw(chanceDiskTime, d.id))
	d.writeback = d.w.at(max(d.w.now+1, oldest-d.w.epoch.UnixNano()+int64(age)), d.id, func() {
		d.writeback = nil
		d.at().WriteBack(oldest + int64(age)/8)
		d.known = 0
		d.changed()
	})
}
