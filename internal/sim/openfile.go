//go:build unix

package sim

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// An openFile is what an open of a file made.
type openFile struct {
	inode    *inode
	position int64
	readable bool
	writable bool
	appends  bool
}

func (o *openFile) release(*World) {}

// openAt is openat(2).
func (b *Boot) openAt(f *flight) (int, bool) {
	path := f.path()
	from, errno := b.base(f, path)
	if errno != 0 {
		return fail(errno)
	}
	dir, name, errno := b.host.tree.walk(from, path)
	if errno != 0 {
		return fail(errno)
	}
	if b.descriptors.full() {
		return fail(syscall.EMFILE)
	}
	n := dir
	if name != "" {
		n = dir.directory[name]
	}
	create, exclusive := f.req.Flags&unix.O_CREAT != 0, f.req.Flags&unix.O_EXCL != 0
	switch {
	case n == nil && !create:
		return fail(syscall.ENOENT)
	case n == nil:
		n = b.host.newInode(f.req.Mode, false)
		dir.directory[name] = n
	case create && exclusive:
		return fail(syscall.EEXIST)
	}
	return b.openInode(f, n)
}

func (b *Boot) openInode(f *flight, n *inode) (int, bool) {
	flags := int(f.req.Flags)
	mode := flags & unix.O_ACCMODE
	o := &openFile{
		inode:    n,
		readable: mode != unix.O_WRONLY,
		writable: mode != unix.O_RDONLY,
		appends:  flags&unix.O_APPEND != 0,
	}
	switch {
	case n.stuck:
		return f.hang(n)
	case n.directory == nil && flags&unix.O_DIRECTORY != 0:
		return fail(syscall.ENOTDIR)
	case n.directory != nil && (o.writable || flags&unix.O_CREAT != 0):
		return fail(syscall.EISDIR)
	case flags&unix.O_TRUNC != 0 && o.writable:
		b.resize(n, 0)
		n.modified = b.w.now
	}
	return done(b.install(o))
}

// hang has f wait for a file that is stuck, where no cancel reaches it.
func (f *flight) hang(n *inode) (int, bool) {
	f.stuck = true
	return f.wait(&n.waitList)
}

// readFile is pread(2), and read(2) where Offset is negative.
func (b *Boot) readFile(f *flight, o *openFile) (int, bool) {
	n := o.inode
	switch {
	case !o.readable:
		return fail(syscall.EBADF)
	case n.directory != nil:
		return fail(syscall.EISDIR)
	case n.stuck:
		return f.hang(n)
	case n.bad != 0:
		return fail(n.bad)
	}
	at := f.offset(o)
	if at >= int64(len(n.data)) {
		return done(0)
	}
	data := n.data[at:]
	size := f.luck.shortened(min(len(data), f.capacity()))
	f.data = append(f.data, data[:size]...)
	f.advance(o, size)
	return done(size)
}

// fileMax bounds sizes, so that a wild offset costs no memory.
const fileMax = 1 << 30

// writeFile is pwrite(2), and write(2) where Offset is negative.
func (b *Boot) writeFile(f *flight, o *openFile) (int, bool) {
	n := o.inode
	if o.appends {
		o.position = int64(len(n.data))
	}
	at := f.offset(o)
	if o.appends {
		at = o.position
	}
	switch {
	case !o.writable:
		return fail(syscall.EBADF)
	case n.stuck:
		return f.hang(n)
	case n.bad != 0:
		return fail(n.bad)
	case at+int64(f.capacity()) > fileMax:
		return fail(syscall.EFBIG)
	}
	data := f.payload()
	data = data[:f.luck.shortened(len(data))]
	if f.luck.torn {
		b.store(n, at, data[:len(data)/2])
		return fail(syscall.EIO)
	}
	size := b.store(n, at, data)
	if size == 0 && len(data) > 0 {
		return fail(syscall.ENOSPC)
	}
	f.advance(o, size)
	return done(size)
}

// store writes as much of data as the disk has room for.
func (b *Boot) store(n *inode, at int64, data []byte) int {
	start := int(at)
	for len(data) > 0 && start+len(data) > len(n.data) && !b.resize(n, start+len(data)) {
		data = data[:len(data)-1]
	}
	copy(n.data[min(start, len(n.data)):], data)
	n.modified = b.w.now
	return len(data)
}

// offset is where f reads or writes.
func (f *flight) offset(o *openFile) int64 {
	if f.req.Offset < 0 {
		return o.position
	}
	return f.req.Offset
}

// advance moves the position, where f goes by it.
func (f *flight) advance(o *openFile, n int) {
	if f.req.Offset < 0 {
		o.position += int64(n)
	}
}

// fsync is fsync(2). What is written here is safe at once.
func (b *Boot) fsync(f *flight) (int, bool) {
	o, ok := f.file.resource.(*openFile)
	switch {
	case !ok:
		return fail(syscall.EINVAL)
	case o.inode.stuck:
		return f.hang(o.inode)
	case o.inode.bad != 0:
		return fail(o.inode.bad)
	}
	return done(0)
}

// writeSync is a write and, where that wrote all, an fsync after the time that
// an operation on a file takes.
func (b *Boot) writeSync(f *flight) (int, bool) {
	o, ok := f.file.resource.(*openFile)
	if !ok {
		return fail(syscall.EINVAL)
	}
	if f.moved == 0 {
		n, over := b.writeFile(f, o)
		if !over || int(n) < f.capacity() {
			return n, over
		}
		f.moved = int(n)
		if f.luck.delay > 0 {
			f.start = b.w.after(f.luck.delay, b.id, func() { b.w.try(f) })
			return 0, false
		}
	}
	if n, over := b.fsync(f); !over || n < 0 {
		return n, over
	}
	return done(f.moved)
}

// Open opens the file at path, an absolute one, with O_* flags. That of a stuck
// file fails with EAGAIN.
func (w *World) Open(path string, flags int) (fd int, err error) {
	w.enter()
	defer w.leave()
	b := w.here()
	r := &backend.Request{Op: backend.OpOpenAt, FD: unix.AT_FDCWD, Flags: uint32(flags), Mode: 0o644, Name: []byte(path)}
	f := &flight{req: r}
	result, over := b.openAt(f)
	f.land()
	switch {
	case !over:
		return -1, syscall.EAGAIN
	case result < 0:
		return -1, syscall.Errno(-result)
	}
	return int(result), nil
}
