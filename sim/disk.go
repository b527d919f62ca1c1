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

// A Disk is the disk of a host, which the host keeps from boot to boot, or one that CrashImages
// made. Several goroutines may call its methods at once. One that CrashImages made has only Config,
// FS, Stable and Unsynced, and other methods panic: it is for World.HostOn, and the host has a Disk of its own.
type Disk struct {
	in     *sim.Disk
	mu     sync.Mutex
	config DiskConfig             // what was Set
	alters []*func(c *DiskConfig) // what nemeses change for a time

	image *simdisk.Disk // of CrashImages: it is no host's yet
}

// ofHost is the disk of a host that d is.
func (d *Disk) ofHost() *sim.Disk {
	if d.in == nil {
		panic("sim: this disk is one of CrashImages, and no host's yet: boot a host on it with World.HostOn, and use Host.Disk")
	}
	return d.in
}

// Disk is the host's disk.
func (h *Host) Disk() *Disk { return h.disk }

// Set changes the disk's configuration. If it changes the model, everything becomes synced.
func (d *Disk) Set(c DiskConfig) {
	d.ofHost()
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

// Config returns the configuration that was Set last.
func (d *Disk) Config() DiskConfig {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.config
}

// Stall makes every operation on the disk wait until Unstall. A cancel does not reach such an
// operation.
func (d *Disk) Stall() { d.ofHost().Stall() }

// Unstall ends Stall: the operations that wait continue.
func (d *Disk) Unstall() { d.ofHost().Unstall() }

// Fail makes calls fail with errno on the files that match a pattern of path.Match; 0 ends that.
// A pattern without a slash is matched with the last name of a path. Which calls fail depends on
// errno. For ENOSPC and EDQUOT, calls that need room fail; for EROFS, calls that change
// something; for EACCES and EPERM, opens, stats and changes of names; for all other values, such
// as EIO, reads, writes and syncs. The error is path.ErrBadPattern.
func (d *Disk) Fail(pattern string, errno syscall.Errno) error {
	return d.ofHost().Fail(pattern, errno)
}

// Corrupt inverts n bytes of the named file from the offset off on, for calls and for crashes. It
// simulates a device that returns data that was not written.
func (d *Disk) Corrupt(name string, off, n int64) error { return d.ofHost().Corrupt(name, off, n) }

// WriteFile creates or replaces a file, and creates missing directories of its path. The file is
// stable at once, and so is everything that was unsynced before.
func (d *Disk) WriteFile(name string, data []byte) error { return d.ofHost().WriteFile(name, data) }

// FS returns the files as calls see them now. The result does not change afterwards.
func (d *Disk) FS() fs.FS {
	if d.image != nil {
		return d.image.FS()
	}
	return d.in.FS()
}

// Stable returns the files that a crash now would leave for certain. The result does not change
// afterwards.
func (d *Disk) Stable() fs.FS {
	if d.image != nil {
		return d.image.Stable()
	}
	return d.in.Stable()
}

// An Effect is a change of a disk that a crash may lose.
type Effect struct {
	At   time.Time
	Path string // the present one; that of an unlinked file is its number
	Text string // what was done: "create", "write of 100 bytes at 4096", "rename to /b"
}

// String is the effect as a line.
func (e Effect) String() string { return e.Path + ": " + e.Text }

// Unsynced lists the effects that are not stable yet, in order.
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

// CrashImages returns the disks that a power failure now could leave, each once. Writes that are
// under way count. If n is 0 or less, it returns all of them, and otherwise about n: first those
// that have lost everything and nothing, then some that have kept the first few effects, lost
// one, or kept one. It tries at most 65,536.
//
// World.HostOn boots a host on such a disk. The original disk may be used during the iteration.
func (d *Disk) CrashImages(n int) iter.Seq[*Disk] {
	images := d.ofHost().CrashImages(n)
	config := d.Config()
	return func(yield func(*Disk) bool) {
		for image := range images {
			if !yield(&Disk{image: image, config: config}) {
				return
			}
		}
	}
}

// HostOn is World.Host with a copy of the disk d, which CrashImages made or another host has.
// Data that is not synced on d is not synced on the copy either.
func (w *World) HostOn(d *Disk, name string, run Program) *Host {
	if w.tb != nil {
		w.tb.Helper()
	}
	in := w.newHost(name)
	if d.image != nil {
		in.Disk().Mount(d.image.Clone())
	} else {
		in.Disk().Mount(d.in.Copy())
	}
	return w.add(in, name, run, d.Config())
}
