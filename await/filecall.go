package await

import (
	"context"
	"errors"
	"runtime"

	"github.com/awaitio/awaitio/internal/fdcall"
)

// A fileCall is a system call on a file that blocks a thread.
type fileCall struct {
	ctx  context.Context
	op   string
	dir  fdcall.Direction
	late func() // nil, or called when a call that was left has ended
}

// onFile makes c, whose result is its caller's only if it has not left.
func onFile[T any](f *File, c fileCall, call func(fd int) (T, error)) (result T, err error) {
	if !f.d.MayLeave(c.ctx, c.dir) {
		err = f.block(c.ctx, c.op, func(fd int) (err error) {
			result, err = call(fd)
			return err
		})
		return result, err
	}
	defer runtime.KeepAlive(f)
	made := new(T)
	_, left, err := f.d.Apart(fdcall.ApartCall{
		Ctx: c.ctx, Dir: c.dir, Op: c.op, Off: -1,
		Call: func(fd int) (_ int, err error) {
			*made, err = call(fd)
			return 0, err
		},
		Late: func(int, error) {
			if c.late != nil {
				c.late()
			}
		},
	})
	if left {
		return result, f.failed(c.op, err)
	}
	return *made, f.failed(c.op, err)
}

// unlockAfter gives the position to others after a call that ended with err, unless the caller
// has left it: then it does so itself when it has ended.
func (f *File) unlockAfter(err error) {
	if !errors.Is(err, ErrLeft) {
		f.lock.Unlock()
	}
}
