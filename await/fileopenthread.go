package await

import (
	"context"
	"errors"
	"os"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// openOnThread opens a file by a thread: the caller's own or, if ctx can end, a goroutine's that
// the caller may leave. It reports whether that is the result; otherwise nothing has
// happened, and the proactor opens the file or finds the words for why not.
//
// It opens in non-blocking mode, and then sees what it has opened
// (docs/decisions/smallfiles.md).
func (io *IO) openOnThread(ctx context.Context, name string, flag int, mode uint32, lending Lending) (f *File, done bool, err error) {
	if io.loops.Simulated || !sysfile.OpensNoWait || io.loops.Off.Has(ablate.OpenOnThread) || !sysfile.MayOpenNoWait(name, flag) {
		return nil, false, nil
	}
	o := threadOpen{io: io, name: name, flag: flag, mode: mode, lending: lending}
	if fdcall.Endless(ctx) {
		err = io.loops.OnPath(ctx, "openat", name, o.open)
	} else {
		o, err = openApart(ctx, o)
	}
	if err != nil || !o.opened {
		return nil, err != nil, err
	}
	f, err = o.settle(ctx)
	return f, true, err
}

// openApart makes the open of o where the caller may leave it.
func openApart(ctx context.Context, o threadOpen) (threadOpen, error) {
	return fdcall.Later(o.io.loops, ctx, "openat", o.name, func() (threadOpen, error) {
		err := o.open()
		return o, err
	}, func(late threadOpen) {
		if late.opened {
			_ = o.io.loops.CloseNow(late.fd) // nobody has written to it
		}
	})
}

// A threadOpen is an open in non-blocking mode.
type threadOpen struct {
	io      *IO
	name    string
	flag    int
	mode    uint32
	lending Lending
	fd      int
	opened  bool
	traits  sysfile.Traits
}

func (o *threadOpen) open() error {
	fd, final, err := sysfile.OpenNoWait(o.name, o.flag|sysfile.OpenFlags, o.mode)
	switch {
	case err != nil && final:
		return err
	case err != nil:
		return nil
	}
	if o.traits, err = sysfile.Inspect(fd, o.flag); err != nil {
		_ = o.io.loops.CloseNow(fd) // the error above is the one to tell
		return err
	}
	o.fd, o.opened = fd, true
	return nil
}

// settle makes a File of what was opened.
//
//	regular file or directory of a disk   as it is; the mode is taken back when it could be seen
//	other regular file or directory       the mode is taken back at once
//	FIFO                                  so too; opened for reading, it waits for a writer first
//	anything else                         opened again, the ordinary way
//	O_NONBLOCK was asked for              as it is
func (o *threadOpen) settle(ctx context.Context) (f *File, err error) {
	t, asked := o.traits, o.flag&sysfile.OpenNonblock != 0
	switch {
	case asked, t.OnDisk:
	case t.Kind >= sysfile.Regular:
		err = sysfile.ClearNonblock(o.fd, o.flag)
	case t.Pipe:
		err = o.finishFIFO(ctx)
	default:
		err = o.openAgain(ctx)
	}
	if err != nil {
		_ = o.io.loops.CloseNow(o.fd) // the error above is the one to tell
		return nil, err
	}
	f = fileOf(o.io.loops, o.fd, o.name, o.traits, o.lending)
	f.d.Nonblock = t.OnDisk && !asked
	return f, nil
}

// How long a FIFO's open waits before it looks whether a writer has come that writes nothing.
// One that writes, or goes, is seen at once.
const (
	writerPauseMin = time.Millisecond
	writerPauseMax = 16 * time.Millisecond
)

// finishFIFO has the open end as one without O_NONBLOCK would. A writer may have waited, seen
// this reader, and gone: the descriptor is kept, for what it wrote is to be read there.
func (o *threadOpen) finishFIFO(ctx context.Context) error {
	readOnly := o.flag&(os.O_WRONLY|os.O_RDWR) == 0
	if err := o.io.loops.Admit(ctx); err != nil {
		return err
	}
	defer o.io.loops.EndAdmitted()
	ctx = fdcall.Admitted(ctx)
	for pause := writerPauseMin; readOnly; pause = min(2*pause, writerPauseMax) {
		if had, err := sysfile.HadWriter(o.fd); err != nil {
			return err
		} else if had {
			break
		}
		fd := o.fd // by itself, so that o stays on the stack
		_, err := o.io.loops.Call(ctx, "openat", fd, func(w *fdcall.Waiter) error {
			w.C.SetTimeout(pause)
			return w.Proactor.Poll(&w.C, fd, socket.PollIn, fdcall.Deliver)
		})
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
	return sysfile.ClearNonblock(o.fd, o.flag)
}

// openAgain opens a device or a terminal in the mode that was asked for. The first descriptor
// is open until then, so that to the device nobody leaves; it is the one to keep where the
// device is one program's at a time.
func (o *threadOpen) openAgain(ctx context.Context) error {
	fd, err := o.io.openAt(ctx, o.name, o.flag|sysfile.OpenFlags, o.mode)
	if errors.Is(err, syscall.EBUSY) {
		return sysfile.ClearNonblock(o.fd, o.flag)
	}
	if err != nil {
		return err
	}
	_ = o.io.loops.CloseNow(o.fd) // of what was not used
	o.fd = fd
	o.traits, err = sysfile.Inspect(fd, o.flag)
	return err
}
