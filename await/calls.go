package await

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

//go:generate go run ../internal/opsgen

// The calls that are not in the table of internal/opsgen: see calls_gen.go for the others.

// Statx fills stat with what is known of the file at path, taken from the directory dirfd (or
// proactor.AtCWD) if it is relative; flags and mask are as in statx(2). path and stat belong to the
// kernel until Statx returns. See proactor.Proactor.Statx for the errors.
func (io *IO) Statx(ctx context.Context, dirfd int, path string, flags int, mask uint32, stat *proactor.Stat) error {
	_, err := io.loops.Call(ctx, "statx", dirfd, func(w *fdcall.Waiter) error {
		return w.Proactor.Statx(&w.C, dirfd, path, flags, mask, stat, fdcall.Deliver)
	})
	return err
}

// CloseFD closes fd. All operations under way on it, in any goroutine, end with an error that is
// net.ErrClosed. The close waits for them; then the number is free. CloseFD closes the descriptor
// even if the context has ended.
func (io *IO) CloseFD(ctx context.Context, fd int) error {
	if ctx != nil {
		ctx = context.Background()
	}
	_, err := io.loops.Call(ctx, "close", fd, func(w *fdcall.Waiter) error {
		return w.Proactor.CloseFD(&w.C, fd, fdcall.Deliver)
	})
	return err
}

// Sleep parks the goroutine for d, or until ctx ends. Unlike with time.Sleep a negative d is an
// error, os.ErrInvalid.
func (io *IO) Sleep(ctx context.Context, d time.Duration) error {
	_, err := io.loops.Call(ctx, fdcall.SleepName, -1, func(w *fdcall.Waiter) error {
		return w.Proactor.Timeout(&w.C, d, fdcall.Deliver)
	})
	return fdcall.NameSleep(err)
}
