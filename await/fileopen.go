package await

import (
	"context"
	"os"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A FileConfig opens files in ways that flags do not tell. The zero FileConfig
// opens as OpenFile does.
type FileConfig struct {
	// IO does the work. Default nil, the one that Default returns.
	IO *IO

	// Lending says whose memory the kernel gets for reads and writes. Default LendAuto, which
	// copies nothing on a disk that is well and nothing that the page cache answers, but for small
	// transfers that can be ended. With LendAlways the File takes deadlines whatever it is.
	Lending Lending
}

// Open opens a file as OpenFile does; see FileConfig for what is different. When
// ctx ends first, the open is stopped if the kernel can stop it.
func (c FileConfig) Open(ctx context.Context, name string, flag int, perm os.FileMode) (*File, error) {
	io, err := ioOrDefault(c.IO)
	if err != nil {
		return nil, pathFailed("open", name, err)
	}
	io.logFile(name)
	if f, done, err := io.openOnThread(ctx, name, flag, sysfile.Mode(perm), c.Lending); done {
		return f, pathFailed("open", name, err)
	}
	fixSticky := !io.loops.Simulated && sysfile.NeedsSticky(name, flag, perm)
	open := io.openAt
	if c.Lending == LendAlways || !fdcall.Endless(ctx) && !io.loops.WaitsInKernel() {
		open = io.loops.OpenOrLeave
	}
	fd, err := open(ctx, name, flag|sysfile.OpenFlags, sysfile.Mode(perm))
	if err != nil {
		return nil, pathFailed("open", name, err)
	}
	if fixSticky {
		_ = sysfile.SetSticky(name) // as package os: the file is open and as good as asked for
	}
	f, err := newFile(io.loops, fd, name, flag, c.Lending)
	if err != nil {
		return nil, pathFailed("open", name, err)
	}
	return f, nil
}

// openAt is openat(2) by the proactor.
func (io *IO) openAt(ctx context.Context, name string, flag int, mode uint32) (int, error) {
	return io.loops.Call(ctx, "openat", proactor.AtCWD, func(w *fdcall.Waiter) error {
		return w.Proactor.OpenAt(&w.C, proactor.AtCWD, name, flag, mode, fdcall.Deliver)
	})
}

// Open opens the named file for reading. The caller must close it. The error is an *fs.PathError;
// see OpenFile.
func Open(name string) (*File, error) { return OpenFile(name, os.O_RDONLY, 0) }

// OpenContext is like Open, but returns when ctx ends.
func OpenContext(ctx context.Context, name string) (*File, error) {
	return OpenFileContext(ctx, name, os.O_RDONLY, 0)
}

// Create creates or truncates the named file, and opens it for reading and writing.
func Create(name string) (*File, error) {
	return OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, createMode)
}

// CreateContext is like Create, but returns when ctx ends.
func CreateContext(ctx context.Context, name string) (*File, error) {
	return OpenFileContext(ctx, name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, createMode)
}

// createMode is what Create gives a new file, before umask.
const createMode = 0o666

// OpenFile opens the named file as os.OpenFile does. flag is O_RDONLY, O_WRONLY or O_RDWR, with
// any of the system's other bits (O_APPEND, O_EXCL, O_SYNC, O_DIRECT, O_NONBLOCK; see
// AlignedBuffer for O_DIRECT). perm, before umask, applies to a file that OpenFile creates. The
// descriptor is close-on-exec.
//
// The error is an *fs.PathError; errors.Is knows fs.ErrNotExist, fs.ErrExist, fs.ErrPermission
// and the errnos of open(2).
func OpenFile(name string, flag int, perm os.FileMode) (*File, error) {
	return OpenFileContext(context.Background(), name, flag, perm)
}

// OpenFileContext is like OpenFile, but returns when ctx ends. Opening a FIFO waits until its
// other end is opened. io_uring can stop that; on other backends the open is left behind, and the
// file is closed if it opens after all. The caller's thread opens the file or, if ctx can end, a
// goroutine that the caller may leave (ErrLeft). At most Config.Workers opens run at once.
func OpenFileContext(ctx context.Context, name string, flag int, perm os.FileMode) (*File, error) {
	return FileConfig{}.Open(ctx, name, flag, perm)
}

// Open is the function Open on io.
func (io *IO) Open(name string) (*File, error) { return io.OpenFile(name, os.O_RDONLY, 0) }

// OpenContext is the function OpenContext on io.
func (io *IO) OpenContext(ctx context.Context, name string) (*File, error) {
	return io.OpenFileContext(ctx, name, os.O_RDONLY, 0)
}

// Create is the function Create on io.
func (io *IO) Create(name string) (*File, error) {
	return io.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, createMode)
}

// CreateContext is the function CreateContext on io.
func (io *IO) CreateContext(ctx context.Context, name string) (*File, error) {
	return io.OpenFileContext(ctx, name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, createMode)
}

// OpenFile is the function OpenFile on io.
func (io *IO) OpenFile(name string, flag int, perm os.FileMode) (*File, error) {
	return io.OpenFileContext(context.Background(), name, flag, perm)
}

// OpenFileContext is the function OpenFileContext on io.
func (io *IO) OpenFileContext(ctx context.Context, name string, flag int, perm os.FileMode) (*File, error) {
	return FileConfig{IO: io}.Open(ctx, name, flag, perm)
}

// AlignedBuffer returns a buffer for files opened with O_DIRECT: its address is a
// multiple of 4096, and so is its length, which is size rounded up. Offsets in
// the file must be such multiples too. It is the caller's, as any other slice.
func AlignedBuffer(size int) []byte { return sysfile.AlignedBuffer(size) }
