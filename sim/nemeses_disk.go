//go:build unix

package sim

import (
	"io/fs"
	"math/rand/v2"
	"syscall"
)

// everyFile is a pattern of all files that no test uses for its own Disk.Fail.
const everyFile = "**"

// FullDisks returns a nemesis of disks without room: calls that need room fail with ENOSPC.
func FullDisks() Nemesis {
	return Nemesis{Name: "full disk", Start: func(w *World, _ *rand.Rand, victims []*Host) func() {
		each(victims, func(h *Host) { h.fill(syscall.ENOSPC) })
		return func() { each(victims, func(h *Host) { h.fill(0) }) }
	}}
}

func (h *Host) fill(errno syscall.Errno) {
	if err := h.disk.Fail(everyFile, errno); err != nil {
		h.w.errorf("host %s: %v", h.name, err)
	}
}

// corruptMax is how many bytes one episode of Corruption changes at most.
const corruptMax = 512

// Corruption returns a nemesis of disks that return data that was not written: an episode inverts
// up to 512 bytes of a file. It affects at most copies hosts in all, chosen by the seed, so a
// store that keeps more copies can recover its data.
func Corruption(copies int) Nemesis {
	return Nemesis{Name: "corruption", For: Fixed(0), Start: func(w *World, r *rand.Rand, victims []*Host) func() {
		hosts := w.eligible(nil)
		w.Rand("corruption").Shuffle(len(hosts), func(i, j int) { hosts[i], hosts[j] = hosts[j], hosts[i] })
		for _, h := range hosts[:min(max(0, copies), len(hosts))] {
			for _, v := range victims {
				if v == h {
					h.corrupt(r)
				}
			}
		}
		return func() {}
	}}
}

// corrupt inverts bytes of a file of the host.
func (h *Host) corrupt(r *rand.Rand) {
	name, size := h.someFile(r)
	if size == 0 {
		return
	}
	off := r.Int64N(size)
	n := 1 + r.Int64N(min(size-off, corruptMax))
	if err := h.disk.Corrupt("/"+name, off, n); err != nil {
		h.w.errorf("host %s: %v", h.name, err)
		return
	}
	h.w.noteHost(h, "%d bytes of /%s at %d are inverted", n, name, off)
}

// someFile draws a file that is not empty; of none the size is 0.
func (h *Host) someFile(r *rand.Rand) (name string, size int64) {
	seen := int64(0)
	_ = fs.WalkDir(h.disk.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() == 0 {
			return err
		}
		if seen++; r.Int64N(seen) == 0 {
			name, size = path, info.Size()
		}
		return nil
	}) // a file system in memory that does not change has no errors
	return name, size
}
