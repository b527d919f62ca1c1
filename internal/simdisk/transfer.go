//go:build unix

package simdisk

import "syscall"

// Read is pread(2) at the offset off, or read(2) from the position if off is negative.
func (f *File) Read(p []byte, off int64) (int, syscall.Errno) {
	n := f.node()
	switch {
	case !f.read:
		return 0, syscall.EBADF
	case n.isDir():
		return 0, syscall.EISDIR
	}
	if errno := f.d.failure(nil, f.name, reads); errno != 0 {
		return 0, errno
	}
	if f.d.hits("read error", f.ino, f.d.config.ReadErrors) {
		return 0, syscall.EIO
	}
	if off >= 0 {
		return n.read(p, off), 0
	}
	size := n.read(p, f.position)
	f.position += int64(size)
	return size, 0
}

// Write is pwrite(2) at the offset off, or write(2) at the position if off is negative. A
// file with O_APPEND is written at its end in both cases, as Linux does.
func (f *File) Write(p []byte, off int64) (int, syscall.Errno) {
	if !f.writes {
		return 0, syscall.EBADF
	}
	byPosition := off < 0
	switch {
	case f.appends:
		off = f.node().size
	case byPosition:
		off = f.position
	}
	n, errno := f.d.write(f.ino, f.name, p, off)
	if byPosition {
		f.position = off + int64(n)
	}
	if errno == 0 && n > 0 && f.syncsData {
		errno = f.Sync(!f.syncs)
	}
	return n, errno
}

// write stores as much of p as there is room for.
func (d *Disk) write(ino uint64, path string, p []byte, off int64) (int, syscall.Errno) {
	switch errno := d.failure(nil, path, writes); {
	case len(p) == 0:
		return 0, 0
	case errno != 0:
		return 0, errno
	case off >= SizeMax:
		return 0, syscall.EFBIG
	case d.hits("write error", ino, d.config.WriteErrors):
		return 0, syscall.EIO
	}
	p = p[:min(int64(len(p)), SizeMax-off)]
	if len(p) > 1 && d.hits("short write", ino, d.config.ShortWrites) {
		p = p[:1+d.chance.Draw("short write", ino, int64(len(p)-1))]
	}
	n := d.seen.edit(ino)
	p, cost := n.fitting(p, off, d.room())
	if len(p) == 0 {
		return 0, syscall.ENOSPC
	}
	d.used += cost
	d.store(n, p, off)
	return len(p), 0
}

// fitting is how much of p there is room for, and what it costs.
func (n *node) fitting(p []byte, off, room int64) ([]byte, int64) {
	cost := n.growth(off, len(p))
	if cost <= room {
		return p, cost
	}
	low, high := 0, len(p) // the largest that fits is between them
	for low < high {
		if middle := (low + high + 1) / 2; n.growth(off, middle) <= room {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return p[:low], n.growth(off, low)
}

// store writes p, and records that.
func (d *Disk) store(n *node, p []byte, off int64) {
	e := &effect{ino: n.ino, off: off, was: n.size}
	if d.config.Model != Durable {
		e.data = append([]byte(nil), p...)
		e.fresh = d.isFresh(n, e)
	}
	n.write(p, off, d.changes+1)
	n.size = max(n.size, off+int64(len(p)))
	n.modified, n.changed = d.now, d.now
	d.record(e)
}

// isFresh reports whether a write needs blocks that the device has not given the file.
func (d *Disk) isFresh(n *node, e *effect) bool {
	stable := d.stable.get(n.ino)
	if stable == nil {
		return true
	}
	for i := uint64(e.off) / pageSize; i <= uint64(e.end()-1)/pageSize; i++ {
		if stable.pages.get(i) == nil {
			return true
		}
	}
	return false
}

// SeekTo is lseek(2) with SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA and SEEK_HOLE.
func (f *File) SeekTo(off int64, whence int) (int64, syscall.Errno) {
	n := f.node()
	if n.isDir() {
		return f.seekDir(off, whence)
	}
	switch whence {
	case seekSet:
	case seekCur:
		off += f.position
	case seekEnd:
		off += n.size
	case seekData, seekHole:
		if off < 0 || off >= n.size {
			return 0, syscall.ENXIO
		}
		off = n.border(off, whence == seekData)
		if off < 0 {
			return 0, syscall.ENXIO
		}
	default:
		return 0, syscall.EINVAL
	}
	if off < 0 || off > SizeMax {
		return 0, syscall.EINVAL
	}
	f.position = off
	return off, 0
}

// The values of whence, as Linux has them.
const (
	seekSet = iota
	seekCur
	seekEnd
	seekData
	seekHole
)

// border is where, from off on, the next data or hole begins; -1 if there is no more data.
func (n *node) border(off int64, data bool) int64 {
	for i := uint64(off) / pageSize; ; i++ {
		at := max(off, int64(i*pageSize))
		j, p := n.pages.next(i)
		switch {
		case data && p == nil:
			return -1
		case data:
			return max(off, int64(j*pageSize))
		case at >= n.size:
			return n.size
		case p == nil || j > i:
			return at
		}
	}
}

// Size is the size of f, and Position where its next transfer is.
func (f *File) Size() int64     { return f.node().size }
func (f *File) Position() int64 { return f.position }
