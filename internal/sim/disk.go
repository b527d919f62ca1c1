//go:build unix

package sim

import (
	"fmt"
	"io/fs"
	"iter"
	"syscall"

	"github.com/awaitio/awaitio/internal/simdisk"
)

// A Disk is that of a Host: a simdisk.Disk, which takes time. It outlasts boots.
type Disk struct {
	w    *World
	host *Host
	fs   *simdisk.Disk
	id   object

	config DiskConfig
	counts map[decision]uint64 // decisions so far

	stalled bool
	stall   waitList             // operations that wait for Unstall
	stuck   map[uint64]*waitList // those that wait for Unstick, by the file's number

	halted func() // Halt
	seen   uint64

	busyUntil int64 // with what its Bandwidth lets through
	known     uint64
	writeback *entry
}

// A DiskConfig is what a Disk is like.
type DiskConfig struct {
	simdisk.Config

	// How long a read, a write and a sync take, and how long it is until what is unsynced
	// becomes stable by itself. Without Writeback it does not.
	Read, Write, Sync, Writeback Dist

	// Bandwidth is how many bytes a second reads and syncs transfer, all together. Default 0,
	// no bound.
	Bandwidth int
}

func (h *Host) newDisk() *Disk {
	d := &Disk{w: h.w, host: h, id: h.id.of(chanceObject, 0), stuck: map[uint64]*waitList{}, counts: map[decision]uint64{}}
	d.config.Size = int64(h.w.opt.DiskBytes)
	d.mount(simdisk.New(d.config.Config))
	d.fs.Mkdir(nil, tempDir, 0o1777)
	d.fs.SyncAll()
	return d
}

// tempDir is where temporary files go. It is there from the beginning.
const tempDir = "/tmp"

// Disk is the host's disk.
func (h *Host) Disk() *Disk { return h.disk }

// mount has f be what is on the disk.
func (d *Disk) mount(f *simdisk.Disk) {
	d.fs = f
	f.SetChance(diskChance{d})
	d.known = f.Changes()
	d.at()
}

// at is what is on the disk, at the present instant.
func (d *Disk) at() *simdisk.Disk {
	d.fs.SetTime(d.nanos())
	return d.fs
}

func (d *Disk) nanos() int64 { return d.w.epoch.UnixNano() + d.w.now }

// with makes a call on what is on the disk, for a method that is not an operation's.
func (d *Disk) with(do func(f *simdisk.Disk)) {
	d.w.enter()
	defer d.w.leave()
	do(d.at())
	d.changed()
}

// Mount replaces what is on the disk. The host must not use it meanwhile.
func (d *Disk) Mount(f *simdisk.Disk) {
	d.w.enter()
	defer d.w.leave()
	d.mount(f)
	d.config.Config = f.Config()
}

// Copy is what is on the disk now, for Mount.
func (d *Disk) Copy() (f *simdisk.Disk) {
	d.with(func(present *simdisk.Disk) { f = present.Clone() })
	return f
}

// Config is the present one.
func (d *Disk) Config() DiskConfig {
	d.w.enter()
	defer d.w.leave()
	return d.config
}

// Set changes the disk. A change of the model leaves nothing unsynced.
func (d *Disk) Set(c DiskConfig) {
	d.with(func(f *simdisk.Disk) {
		f.Configure(c.Config)
		d.config = c
		d.config.Config = f.Config()
	})
}

// Stall has every operation on the disk wait, where no cancel reaches it, until Unstall.
func (d *Disk) Stall() { d.with(func(*simdisk.Disk) { d.stalled = true }) }

// Unstall lets go of what waits because of Stall.
func (d *Disk) Unstall() {
	d.with(func(*simdisk.Disk) {
		d.stalled = false
		d.w.touch(&d.stall)
	})
}

// Fail has calls on the files that match a pattern fail with errno: simdisk.Disk.Fail.
func (d *Disk) Fail(pattern string, errno syscall.Errno) (err error) {
	d.with(func(f *simdisk.Disk) { err = f.Fail(pattern, errno) })
	return err
}

// Corrupt inverts n bytes of the file name from the offset off on: simdisk.Disk.Corrupt.
func (d *Disk) Corrupt(name string, off, n int64) (err error) {
	d.with(func(f *simdisk.Disk) {
		if _, errno := f.Corrupt(name, off, n); errno != 0 {
			err = &fs.PathError{Op: "corrupt", Path: name, Err: errno}
		}
	})
	return err
}

// WriteFile makes or replaces a file, with the directories on the way to it. It is stable at
// once, and what was unsynced before is too.
func (d *Disk) WriteFile(name string, data []byte) (err error) {
	d.with(func(f *simdisk.Disk) {
		if errno := writeWhole(f, name, data); errno != 0 {
			err = &fs.PathError{Op: "write", Path: name, Err: errno}
		}
		f.SyncAll()
	})
	return err
}

// FS is what calls see at present, and Stable what a crash leaves for certain. Neither
// changes afterwards.
func (d *Disk) FS() (tree fs.FS) {
	d.with(func(f *simdisk.Disk) { tree = f.FS() })
	return tree
}

// Stable is described with FS.
func (d *Disk) Stable() (tree fs.FS) {
	d.with(func(f *simdisk.Disk) { tree = f.Stable() })
	return tree
}

// Unsynced lists what is not stable yet, in order.
func (d *Disk) Unsynced() (effects []simdisk.Effect) {
	d.with(func(f *simdisk.Disk) { effects = f.Unsynced() })
	return effects
}

// Changes counts changes. Where it stands still, a crash leaves the same images, but for
// writes that are under way.
func (d *Disk) Changes() (n uint64) {
	d.with(func(f *simdisk.Disk) { n = f.Changes() })
	return n
}

// CrashImages are what a crash now could leave on the disk: simdisk.Disk.CrashImages. Writes
// under way count. It is now when CrashImages is called.
func (d *Disk) CrashImages(n int) (images iter.Seq[*simdisk.Disk]) {
	d.with(func(f *simdisk.Disk) {
		c := f.Clone()
		d.writeUnderWay(func(o *openFile) *simdisk.File { return o.File.On(c) })
		images = c.CrashImages(n)
	})
	return images
}

// crash is what a power failure does to the disk.
func (d *Disk) crash() {
	f := d.at()
	d.writeUnderWay(func(o *openFile) *simdisk.File { return o.File })
	effects := len(f.Unsynced())
	n := d.next(chanceCrash, d.id)
	fault, loses := d.w.strikes(d.id, chanceCrash, n, 1)
	pick := func(n int64) int64 { return int64(d.draw(chanceCrash, d.id) % uint64(n)) }
	if !loses {
		f.SyncAll()
	}
	d.mount(f.Crash(pick))
	d.host.note(fault, fmt.Sprintf("loses power, unsynced effects: %d", effects))
}

// writeUnderWay makes the writes that have begun, on the files that on tells.
func (d *Disk) writeUnderWay(on func(*openFile) *simdisk.File) {
	for _, b := range d.host.boot.backends {
		for _, f := range b.inOrder() {
			if f.req == nil || f.file == nil || f.stage >= stageOver || f.moved > 0 || !writesFile(f.req.Op) {
				continue
			}
			if o, ok := f.file.resource.(*openFile); ok {
				on(o).Write(f.payload(), f.req.Offset)
			}
		}
	}
}
