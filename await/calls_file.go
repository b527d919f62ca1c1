package await

import (
	"context"
	goio "io"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Read reads up to len(p) bytes from fd into p, at offset or, where that is
// proactor.CurrentPosition, at the descriptor's own. At the end of the file the
// error is io.EOF. p belongs to the kernel until Read returns; a read of a disk
// that the kernel has begun cannot be stopped, and is waited for. See
// proactor.Proactor.Read for the errors.
func (io *IO) Read(ctx context.Context, fd int, p []byte, offset int64) (int, error) {
	n, err := io.loops.Call(ctx, "read", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Read(&w.C, fd, p, offset, fdcall.Deliver)
	})
	if n == 0 && err == nil {
		err = goio.EOF
	}
	return n, err
}

// Write writes all of p to fd, at offset or, where that is
// proactor.CurrentPosition, at the descriptor's own: the count is short of
// len(p) only with an error. See proactor.Proactor.Write for the errors.
func (io *IO) Write(ctx context.Context, fd int, p []byte, offset int64) (int, error) {
	return io.loops.Call(ctx, "write", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Write(&w.C, fd, p, offset, fdcall.Deliver)
	})
}

// Fsync waits until what was written to fd before is on the device; flags is 0
// or proactor.FsyncDataOnly.
func (io *IO) Fsync(ctx context.Context, fd, flags int) error {
	_, err := io.loops.Call(ctx, "fsync", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.Fsync(&w.C, fd, flags, fdcall.Deliver)
	})
	return err
}

// OpenAt opens path, taken from the directory dirfd (or proactor.AtCWD) if it is
// relative, and returns the descriptor, close-on-exec and the caller's to close.
// flags are O_* bits, mode the permissions of a file it creates. See
// proactor.Proactor.OpenAt for the errors.
func (io *IO) OpenAt(ctx context.Context, dirfd int, path string, flags int, mode uint32) (int, error) {
	return io.loops.Call(ctx, "openat", dirfd, func(w *fdcall.Waiter) error {
		return w.Proactor.OpenAt(&w.C, dirfd, path, flags, mode, fdcall.Deliver)
	})
}

// Statx fills stat with what is known of the file at path, taken from the
// directory dirfd (or proactor.AtCWD) if it is relative; flags and mask are as
// in statx(2).
func (io *IO) Statx(ctx context.Context, dirfd int, path string, flags int, mask uint32, stat *proactor.Stat) error {
	_, err := io.loops.Call(ctx, "statx", dirfd, func(w *fdcall.Waiter) error {
		return w.Proactor.Statx(&w.C, dirfd, path, flags, mask, stat, fdcall.Deliver)
	})
	return err
}

// CloseFD closes fd. What is under way on it, in any goroutine, ends with an
// error that is net.ErrClosed, and the close waits for that; then the number is
// free. A context that has ended does not keep the descriptor open: a close is
// carried out in any case.
func (io *IO) CloseFD(ctx context.Context, fd int) error {
	if ctx != nil {
		ctx = context.Background()
	}
	_, err := io.loops.Call(ctx, "close", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.CloseFD(&w.C, fd, fdcall.Deliver)
	})
	return err
}

// Sleep parks the goroutine for d, or until ctx ends.
func (io *IO) Sleep(ctx context.Context, d time.Duration) error {
	_, err := io.loops.Call(ctx, fdcall.SleepName, -1, func(w *fdcall.Waiter) error {
		return w.Proactor.Timeout(&w.C, d, fdcall.Deliver)
	})
	return fdcall.NameSleep(err)
}

// Nop does nothing, by way of the kernel: the cost of a call.
func (io *IO) Nop(ctx context.Context) error {
	_, err := io.loops.Call(ctx, "nop", -1, func(w *fdcall.Waiter) error {
		return w.Proactor.Nop(&w.C, fdcall.Deliver)
	})
	return err
}
