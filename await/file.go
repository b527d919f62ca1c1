package await

import (
	"context"
	"errors"
	goio "io"
	"io/fs"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

// A File is an open file. It has the methods of os.File, and calls that a context can end. A
// blocked call holds no thread in most cases. Make a File with Open, Create or OpenFile, or from
// an existing file with AdoptFile or NewFile.
//
// A call parks its goroutine until the kernel is done. Three kinds of call block a thread, as in
// package os: a call on a file of a local disk that runs alone and whose context cannot end; a
// sync, which many callers share; and the write before a sync. A buffer belongs to the kernel
// until the call returns, whatever the outcome.
//
// When its context ends, its deadline passes or the file is closed, a call asks the kernel to
// stop and gives it 5 ms to answer. A read of a pipe can be stopped. A call on a disk or a server
// cannot: the caller leaves it behind (ErrLeft), unless the kernel uses the caller's own memory.
// Lending says when it does.
//
// Errors are *fs.PathError, as in package os. A call on a closed File, or one that Close ends,
// fails with os.ErrClosed. If a context ends a call, the error matches, with errors.Is,
// context.Cause, the context's Err and proactor.ErrCanceled; after a deadline it matches
// os.ErrDeadlineExceeded. Other errors are those of the system call, such as ENOSPC, EDQUOT and EIO.
// The end of the file is plain io.EOF.
//
// Several goroutines may call methods at once. Read, Write and Seek use the position that the
// kernel keeps, which duplicates of the descriptor and child processes share; they take turns.
// ReadAt and WriteAt run in parallel.
//
// The garbage collector closes a File that is no longer referenced.
type File struct {
	d         *fdcall.Descriptor
	name      string
	kind      sysfile.Kind
	append    bool
	lock      fdcall.FairLock                  // to use the position
	blocks    bool                             // in the hands of others, as package os would have it: see OSFile
	dir       system.Dir                       // reads the directory that this is; under lock
	forgotten runtime.Cleanup                  // closes it
	syncs     atomic.Pointer[fdcall.SyncGroup] // see syncGroup
}

// newFile takes over the descriptor fd, which was opened with flags, or
// sysfile.FlagsUnknown.
// As with package os they count, also where a system gives an open of /dev/fd those of
// another descriptor.
func newFile(loops *fdcall.Loops, fd int, name string, flags int, lending Lending) (*File, error) {
	t, err := loops.System.Inspect(fd, flags)
	if err != nil {
		_ = loops.CloseNow(fd) // the error above is the one to tell
		return nil, err
	}
	return fileOf(loops, fd, name, t, lending), nil
}

// fileOf is newFile of a descriptor with the traits t.
func fileOf(loops *fdcall.Loops, fd int, name string, t sysfile.Traits, lending Lending) *File {
	d := &fdcall.Descriptor{
		Loop: loops.Of(fd), FD: fd, Buffered: t.Nowait, Stored: t.Kind >= sysfile.Positioned, Appends: t.Appends, Lending: lending, Device: t.Device,
	}
	d.SetPath(name, t.Kind >= sysfile.Positioned)
	switch {
	case t.Pipe:
		d.Kind = fdcall.Pipe
	case t.OnDisk:
		d.Kind = fdcall.Disk
	}
	f := &File{d: d, name: name, kind: t.Kind, append: t.Appends}
	if lane := loops.LaneOf(fd, t); lane != nil {
		d.Kind = fdcall.Unknown
		if lending != LendNever {
			d.Lane = lane
		}
	}
	if !t.Nowait || d.MayHang() || lending == LendAlways {
		d.Cached.Never()
	}
	f.cleanUp()
	return f
}

// cleanUp has f closed when it has been forgotten; see the function cleanUp.
func (f *File) cleanUp() {
	if !f.d.Loop.Loops.Simulated {
		f.forgotten = runtime.AddCleanup(f, forget, f.d)
	}
}

// errNegativeOffset and errWriteAtAppending are as in package os.
var (
	errNegativeOffset   = errors.New("negative offset")
	errWriteAtAppending = errors.New("await: WriteAt on a file opened with O_APPEND")
)

// Name returns the name given to Open, even if the file was renamed since.
func (f *File) Name() string { return f.name }

// SetLabel gives f a name, which lists of operations, traces and dumps show beside its path. Any
// goroutine may call it at any time.
func (f *File) SetLabel(label string) {
	if f != nil && f.d != nil {
		f.d.SetLabel(label)
	}
}

// Fd returns the number of the descriptor, or ^uintptr(0) if the File is closed. The descriptor
// remains f's: keep f alive while you use the number, and do not close it. OSFile describes the
// descriptor's mode.
func (f *File) Fd() uintptr {
	if f == nil || f.d.Use(f.handOut) != nil {
		return ^uintptr(0)
	}
	return uintptr(f.d.FD)
}

// Close closes the file. Blocked calls on it end with os.ErrClosed, and Close waits for them.
// Close may itself take time on a file system that writes back on close. A second Close fails
// with os.ErrClosed.
//
// Close does not wait for calls that were left to the kernel. On a mount that may hang, it does
// not wait beyond the write deadline: the error is then ErrLeft, and the descriptor is closed
// when the kernel has answered.
func (f *File) Close() error { return f.CloseContext(context.Background()) }

// CloseContext is like Close, but on a file or a directory it returns when ctx ends: it then
// fails with ErrLeft, and the descriptor is closed when the kernel has answered. On a pipe, a
// terminal or a socket ctx has no effect.
func (f *File) CloseContext(ctx context.Context) error {
	switch {
	case f == nil:
		return os.ErrInvalid
	case ctx == nil:
		return f.failed("close", fdcall.ErrNilContext)
	}
	f.forgotten.Stop() // Close closes it, or the Close before
	f.closeSyncs()
	return f.failed("close", f.d.CloseContext(ctx, f.closeDir))
}

// closeDir closes what reads the directory. No call can begin any more.
func (f *File) closeDir() {
	_ = f.lock.Lock(context.Background())
	defer f.lock.Unlock()
	if f.dir != nil {
		_ = f.dir.Close() // of a duplicate, that was only read
		f.dir = nil
	}
}

// failed is err as package os tells it.
func (f *File) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: f.name, Err: fileCause(err)}
}

// fileCause is the cause of a failure in the words of package os.
func fileCause(err error) error {
	if left, ok := err.(*fdcall.LeftError); ok {
		return &fdcall.LeftError{Cause: fileCause(left.Cause)}
	}
	if err == fdcall.ErrDescriptorClosed {
		return os.ErrClosed
	}
	return err
}

// pathFailed is causeOf as package os tells it, for calls on a path.
func pathFailed(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: pathCause(fdcall.CauseOf(err))}
}

// pathCause is fileCause where the proactor may have refused a path: then it is
// the errno that the kernel would have answered.
func pathCause(err error) error {
	for _, refusal := range []syscall.Errno{syscall.EINVAL, syscall.ENAMETOOLONG} {
		if errors.Is(err, refusal) {
			return refusal
		}
	}
	return fileCause(err)
}

// use runs a system call that does not block.
func (f *File) use(op string, call func(fd int) error) error {
	if f == nil {
		return os.ErrInvalid
	}
	defer runtime.KeepAlive(f)
	return f.failed(op, f.d.Use(call))
}

// block runs a system call that blocks, when fewer than Config.Workers do. While it waits for that
// ctx and Close end it.
func (f *File) block(ctx context.Context, op string, call func(fd int) error) error {
	return f.blockFor(&fdcall.QueuedCall{Ctx: ctx, Dir: fdcall.Untimed}, op, call)
}

// blockFor is block for a call that may be on another file as well.
func (f *File) blockFor(c *fdcall.QueuedCall, op string, call func(fd int) error) error {
	if f == nil {
		return os.ErrInvalid
	}
	defer runtime.KeepAlive(f)
	c.Op = op
	return f.failed(op, f.d.Block(c, call))
}

var (
	_ goio.ReadWriteSeeker = (*File)(nil)
	_ goio.ReaderAt        = (*File)(nil)
	_ goio.WriterAt        = (*File)(nil)
	_ goio.ReaderFrom      = (*File)(nil)
	_ goio.WriterTo        = (*File)(nil)
	_ goio.StringWriter    = (*File)(nil)
	_ fs.ReadDirFile       = (*File)(nil)
	_ syscall.Conn         = (*File)(nil)
)
