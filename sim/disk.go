//go:build unix

package sim

import (
	"io/fs"
	"iter"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// A Disk is that of a host, which it keeps from boot to boot, or one that CrashImages made.
// Its methods may be called from any goroutine.
type Disk struct {
	in     *sim.Disk
	mu     sync.Mutex
	config DiskConfig             // what was Set
	alters []*func(c *DiskConfig) // what nemeses change for a time

	image *simdisk.Disk // of CrashImages: it is no host's yet
}

// Disk is the host's disk.
func (h *Host) Disk() *Disk { return h.disk }

// Set changes the disk. A change of the model leaves nothing unsynced.
func (d *Disk) Set(c DiskConfig) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.config = c
	d.apply()
}

// apply has the disk be as it was set, and as nemeses have it. The caller has the lock.
func (d *Disk) apply() {
	c := d.config
	for _, alter := range d.alters {
		(*alter)(&c)
	}
	d.in.Set(c.inner())
}

// alter changes the disk for a time, whatever else does so.
func (d *Disk) alter(change func(c *DiskConfig)) (undo func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.alters = append(d.alters, &change)
	d.apply()
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.alters = slices.DeleteFunc(d.alters, func(a *func(*DiskConfig)) bool { return a == &change })
		d.apply()
	}
}

// Config is what was Set last.
func (d *Disk) Config() DiskConfig {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config
}

// Stall has every operation on the disk wait, where no cancel reaches it, until Unstall.
func (d *Disk) Stall() { d.in.Stall() }

// Unstall lets go of what waits because of Stall.
func (d *Disk) Unstall() { d.in.Unstall() }

// Fail has calls on the files that match a pattern of path.Match fail with errno; 0 ends that.
// A pattern without a slash is one of the last name of a path. Which calls fail depends on
// the errno: for ENOSPC and EDQUOT those that need room, for EROFS all that change something,
// for EACCES and EPERM opens, stats and changes of names, for all others, as EIO, reads,
// writes and syncs. The error is path.ErrBadPattern.
func (d *Disk) Fail(pattern string, errno syscall.Errno) error { return d.in.Fail(pattern, errno) }

// Corrupt inverts n bytes of the file name from the offset off on, for calls and for crashes:
// a device that gives back what was not written.
func (d *Disk) Corrupt(name string, off, n int64) error { return d.in.Corrupt(name, off, n) }

// WriteFile makes or replaces a file, with the directories on the way to it. It is stable at
// once, and so is all that was unsynced before.
func (d *Disk) WriteFile(name string, data []byte) error { return d.in.WriteFile(name, data) }

// FS is what calls see at present. It does not change afterwards.
func (d *Disk) FS() fs.FS {
	if d.image != nil {
		return d.image.FS()
	}
	return d.in.FS()
}

// Stable is what a crash now would leave for certain. It does not change afterwards.
func (d *Disk) Stable() fs.FS {
	if d.image != nil {
		return d.image.Stable()
	}
	return d.in.Stable()
}

// An Effect is something that was done to a disk and that a crash may lose.
type Effect struct {
	At   time.Time
	Path string // the present one; that of an unlinked file is its number
	Text string // what was done: "create", "write of 100 bytes at 4096", "rename to /b"
}

// String is the effect as a line.
func (e Effect) String() string { return e.Path + ": " + e.Text }

// Unsynced lists what is not stable yet, in order.
func (d *Disk) Unsynced() []Effect {
	if d.image != nil {
		return nil
	}
	inner := d.in.Unsynced()
	effects := make([]Effect, len(inner))
	for i, e := range inner {
		effects[i] = Effect(e)
	}
	return effects
}

// CrashImages are the disks that a power failure now could leave, each once. Writes that are
// under way count. If n is 0 or less they are all, and otherwise about n of them: those that
// have lost all and nothing come first, then some that have kept the first few effects, that
// have lost one, that have kept one. However many there are, no more than 65,536 are tried.
//
// World.HostOn boots a host on one. The disk may be used while they are looked at.
func (d *Disk) CrashImages(n int) iter.Seq[*Disk] {
	images := d.in.CrashImages(n)
	config := d.Config()
	return func(yield func(*Disk) bool) {
		for image := range images {
			if !yield(&Disk{image: image, config: config}) {
				return
			}
		}
	}
}

// HostOn is World.Host with a disk that has on it what d has: one that CrashImages made, or
// that of another host. What is not synced on d is not either on the copy.
func (w *World) HostOn(d *Disk, name string, run Program) *Host {
	if w.tb != nil {
		w.tb.Helper()
	}
	in, err := w.in.AddHost(name)
	if err != nil {
		w.fatalf("%v", err)
	}
	if d.image != nil {
		in.Disk().Mount(d.image.Clone())
	} else {
		in.Disk().Mount(d.in.Copy())
	}
	return w.add(in, name, run, d.Config())
}
