//go:build unix

package sim

import "syscall"

// descriptorFirst is the lowest number; real ones are unlikely to be as high.
const descriptorFirst = 1000

// descriptors are the table of open ones. The lowest free number is the next,
// as POSIX has it, so that numbers come again soon.
type descriptors struct {
	files []*file // nil: free
	limit int
}

// A file is what a descriptor stands for. It lives until it is closed and no
// operation is under way on it.
type file struct {
	object object
	refs   int
}

// An object is a socket, an end of a pipe, or an open file.
type object interface {
	// release is called when nothing refers to the object any more.
	release(w *World)
}

func (d *descriptors) get(fd int) *file {
	if i := fd - descriptorFirst; i >= 0 && i < len(d.files) {
		return d.files[i]
	}
	return nil
}

func (d *descriptors) open() []int {
	var open []int
	for i, f := range d.files {
		if f != nil {
			open = append(open, i+descriptorFirst)
		}
	}
	return open
}

// full reports whether no descriptor is left.
func (d *descriptors) full() bool {
	for _, f := range d.files {
		if f == nil {
			return false
		}
	}
	return len(d.files) >= d.limit
}

// install gives o a descriptor.
func (w *World) install(o object) int {
	d := &w.descriptors
	f := &file{object: o, refs: 1}
	for i, used := range d.files {
		if used == nil {
			d.files[i] = f
			return i + descriptorFirst
		}
	}
	d.files = append(d.files, f)
	return len(d.files) - 1 + descriptorFirst
}

// close frees a descriptor.
func (w *World) close(fd int) syscall.Errno {
	f := w.descriptors.get(fd)
	if f == nil {
		return syscall.EBADF
	}
	w.descriptors.files[fd-descriptorFirst] = nil
	w.drop(f)
	return 0
}

// drop ends one reference to f.
func (w *World) drop(f *file) {
	if f.refs--; f.refs == 0 {
		f.object.release(w)
	}
}

// CloseDescriptor closes fd as if another thread had: for what operations left
// to their caller. It reports whether it was open.
func (w *World) CloseDescriptor(fd int) bool {
	w.enter()
	defer w.leave()
	return w.close(fd) == 0
}
