//go:build unix

package sim

import (
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/simdisk"
)

// An openFile is what an open of a file made.
type openFile struct {
	*simdisk.File
	d *Disk
}

func (o *openFile) release(*World) { o.Close() }

// umask is what hosts take off the modes of what they make.
const umask = 0o022

// fileMax is the largest size of a file.
const fileMax = simdisk.SizeMax

// base is the directory that relative paths of f start from; nil is the root.
func (b *Boot) base(f *flight, path string) (*simdisk.File, syscall.Errno) {
	switch {
	case strings.HasPrefix(path, "/"):
		return nil, 0
	case f.req.FD == unix.AT_FDCWD:
		return b.dir, 0
	case f.file == nil:
		return nil, syscall.EBADF
	}
	o, ok := f.file.resource.(*openFile)
	if !ok {
		return nil, syscall.ENOTDIR
	}
	return o.File, 0
}

// path is the request's, without the NUL.
func (f *flight) path() string { return strings.TrimSuffix(string(f.req.Name), "\x00") }

// openAt is openat(2).
func (b *Boot) openAt(f *flight) (int, bool) {
	path := f.path()
	from, errno := b.base(f, path)
	switch {
	case errno != 0:
		return fail(errno)
	case b.descriptors.full():
		return fail(syscall.EMFILE)
	}
	d := b.host.disk
	if l := d.holdsPath(from, path); l != nil {
		return f.hang(l)
	}
	file, errno := d.at().Open(from, path, int(f.req.Flags), f.req.Mode&^umask)
	if errno != 0 {
		return fail(errno)
	}
	d.changed()
	return done(b.install(&openFile{file, d}))
}

// holdsPath is where an operation on a path waits, if the disk is stalled or the file stuck.
func (d *Disk) holdsPath(from *simdisk.File, path string) *waitList {
	if d.stalled {
		return &d.stall
	}
	if len(d.stuck) > 0 {
		if info, errno := d.fs.Stat(from, path, true); errno == 0 {
			return d.stuck[info.Ino]
		}
	}
	return nil
}

// holds is where an operation on an open file waits, if it has to.
func (o *openFile) holds() *waitList {
	if o.d.stalled {
		return &o.d.stall
	}
	return o.d.stuck[o.Ino()]
}

// hang has f wait for a file that is stuck, where no cancel reaches it.
func (f *flight) hang(l *waitList) (int, bool) {
	f.stuck = true
	return f.wait(l)
}

// readFile is pread(2), and read(2) where Offset is negative.
func (b *Boot) readFile(f *flight, o *openFile) (int, bool) {
	if l := o.holds(); l != nil && o.Readable() && !o.IsDir() {
		return f.hang(l)
	}
	o.d.at()
	size := f.capacity()
	if left := o.Size() - f.offset(o); left < int64(size) {
		size = int(max(0, left))
	}
	f.data = make([]byte, f.luck.shortened(size))
	n, errno := o.Read(f.data, f.req.Offset)
	f.data = f.data[:n]
	if errno != 0 {
		return fail(errno)
	}
	return done(n)
}

// offset is where f reads or writes.
func (f *flight) offset(o *openFile) int64 {
	if f.req.Offset < 0 {
		return o.Position()
	}
	return f.req.Offset
}

// writeFile is pwrite(2), and write(2) where Offset is negative.
func (b *Boot) writeFile(f *flight, o *openFile) (int, bool) {
	if l := o.holds(); l != nil && o.Writable() {
		return f.hang(l)
	}
	o.d.at()
	data := f.payload()
	data = data[:f.luck.shortened(len(data))]
	if f.luck.torn {
		o.Write(data[:len(data)/2], f.offset(o))
		o.d.changed()
		return fail(syscall.EIO)
	}
	n, errno := o.Write(data, f.req.Offset)
	o.d.changed()
	if errno != 0 {
		return fail(errno)
	}
	return done(n)
}

// writesFile reports whether an operation writes to what may be a file.
func writesFile(op backend.Op) bool {
	return op == backend.OpWrite || op == backend.OpWriteV || op == backend.OpWriteSync
}

// fsync is fsync(2), or fdatasync(2).
func (b *Boot) fsync(f *flight) (int, bool) {
	o, ok := f.file.resource.(*openFile)
	if !ok {
		return fail(syscall.EINVAL)
	}
	if l := o.holds(); l != nil {
		return f.hang(l)
	}
	o.d.at()
	errno := o.Sync(f.req.Flags&backend.FsyncDataOnly != 0)
	o.d.changed()
	return fail(errno) // 0 is success
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
		if f.luck.second > 0 {
			f.start = b.w.after(f.luck.second, b.id, func() { b.w.try(f) })
			return 0, false
		}
	}
	if n, over := b.fsync(f); !over || n < 0 {
		return n, over
	}
	return done(f.moved)
}
