//go:build unix

package simdisk

import (
	"path"
	"strings"
	"syscall"
)

// A sort of calls, a set of which an errno befalls.
type sort uint8

const (
	opens sort = 1 << iota
	looks
	adds
	changes
	reads
	writes
	syncs
)

// A failure is what Fail asked for.
type failure struct {
	pattern string
	errno   syscall.Errno
	calls   sort
}

// Fail has calls on the files that match a pattern of path.Match fail with errno; 0 ends that.
// A pattern without a slash is one of the last name of a path. Which calls fail depends on
// the errno: for ENOSPC and EDQUOT those that need room, for EROFS all that change something,
// for EACCES and EPERM opens, stats and changes of names, for all others, as EIO, reads,
// writes and syncs. Names are those that calls use, and files were opened by.
func (d *Disk) Fail(pattern string, errno syscall.Errno) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return err
	}
	var rest []failure
	for _, f := range d.failing {
		if f.pattern != pattern {
			rest = append(rest, f)
		}
	}
	if errno != 0 {
		rest = append(rest, failure{pattern, errno, befallen(errno)})
	}
	d.failing = rest
	return nil
}

func befallen(errno syscall.Errno) sort {
	switch errno {
	case syscall.ENOSPC, syscall.EDQUOT:
		return adds | writes
	case syscall.EROFS:
		return adds | writes | changes
	case syscall.EACCES, syscall.EPERM:
		return opens | looks | adds | changes
	}
	return reads | writes | syncs
}

// failure is what Fail has calls of a sort on a path fail with.
func (d *Disk) failure(at *File, name string, calls sort) syscall.Errno {
	if len(d.failing) == 0 {
		return 0
	}
	name = fullName(at, name)
	for _, f := range d.failing {
		subject := name
		if !strings.Contains(f.pattern, "/") {
			subject = path.Base(name)
		}
		if matches, _ := path.Match(f.pattern, subject); matches && f.calls&calls != 0 {
			return f.errno
		}
	}
	return 0
}

// fullName is a path without what it is relative to.
func fullName(at *File, name string) string {
	if at != nil && !path.IsAbs(name) {
		name = at.name + "/" + name
	}
	return path.Clean("/" + name)
}

// hits reports whether a fault with a share befalls a file now.
func (d *Disk) hits(fault string, ino uint64, rate float64) bool {
	return rate > 0 && d.chance != nil && d.chance.Hits(fault, ino, rate)
}

// Corrupt inverts n bytes of a file from the offset off on, in both states: a device that
// gives back what was not written. It reports how many there were.
func (d *Disk) Corrupt(name string, off, n int64) (int64, syscall.Errno) {
	found, errno := d.lookup(nil, name, true)
	switch {
	case errno != 0:
		return 0, errno
	case !found.isFile():
		return 0, syscall.EINVAL
	}
	d.changes++
	n = max(0, min(n, found.size-off))
	for _, t := range []*tree{&d.seen, &d.stable} {
		if f := t.edit(found.ino); f != nil && off >= 0 {
			f.invert(off, min(n, f.size-off))
		}
	}
	return n, 0
}

func (n *node) invert(off, size int64) {
	for at := off; at < off+size; at++ {
		p := n.page(uint64(at / pageSize))
		p.extend(int(at%pageSize) + 1)
		p.data[at%pageSize] ^= 0xff
	}
}
