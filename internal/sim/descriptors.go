//go:build unix

package sim

import (
	"container/heap"
	"syscall"
)

// descriptorFirst is the lowest number; real ones are unlikely to be as high.
const descriptorFirst = 1000

// descriptors are the table of open ones. The lowest free number is the next,
// as POSIX has it, so that numbers come again soon.
type descriptors struct {
	files []*file // nil: free
	free  numbers // the indices of those
	limit int
}

// numbers is a heap: the lowest comes first.
type numbers []int

// A file is what a descriptor stands for. It lives until every descriptor of it is closed
// and no operation is under way on it.
type file struct {
	resource
	id       object
	calls    uint64 // operations on it so far
	refs     int
	nonblock bool
}

// A resource is a socket, an end of a pipe, or an open file.
type resource interface {
	// release is called when nothing refers to it any more.
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
func (d *descriptors) full() bool { return len(d.files)-len(d.free) >= d.limit }

// install gives o a descriptor.
func (b *Boot) install(o resource) int {
	return b.descriptors.add(&file{resource: o, id: b.newObject()})
}

// add gives f a descriptor more.
func (d *descriptors) add(f *file) int {
	f.refs++
	if len(d.free) > 0 {
		i := heap.Pop(&d.free).(int)
		d.files[i] = f
		return i + descriptorFirst
	}
	d.files = append(d.files, f)
	return len(d.files) - 1 + descriptorFirst
}

// close frees a descriptor.
func (b *Boot) close(fd int) syscall.Errno {
	f := b.descriptors.get(fd)
	if f == nil {
		return syscall.EBADF
	}
	b.descriptors.files[fd-descriptorFirst] = nil
	heap.Push(&b.descriptors.free, fd-descriptorFirst)
	b.w.drop(f)
	return 0
}

// drop ends one reference to f.
func (w *World) drop(f *file) {
	if f.refs--; f.refs == 0 {
		f.release(w)
	}
}

// CloseDescriptor closes fd as if another thread had: for what operations left
// to their caller. It reports whether it was open.
func (w *World) CloseDescriptor(fd int) bool {
	w.enter()
	defer w.leave()
	return w.here().close(fd) == 0
}

// The methods of heap.Interface.

func (n numbers) Len() int           { return len(n) }
func (n numbers) Less(i, j int) bool { return n[i] < n[j] }
func (n numbers) Swap(i, j int)      { n[i], n[j] = n[j], n[i] }
func (n *numbers) Push(x any)        { *n = append(*n, x.(int)) }
func (n *numbers) Pop() any {
	last := (*n)[len(*n)-1]
	*n = (*n)[:len(*n)-1]
	return last
}
