package await

import (
	"context"
	"errors"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/vector"
	"github.com/awaitio/awaitio/proactor"
)

// WriteAtSync writes all of p at off, as WriteAtContext does, and waits until it is on the
// device. With a nil error all of p is there, and the metadata with it. The file's position does
// not change.
//
// The sync is shared: one fsync(2) covers all callers that had written before it began, including
// those of AppendSync, Sync and Datasync. The calling goroutine waits for it and holds no thread,
// unless it makes the sync itself.
//
// The count is how many bytes were written. If it is len(p) with an error, p was written but is
// not known to be on the device: the sync failed, or ctx or a Close ended the wait for it. The
// error is an *fs.PathError. Its Op is "write" if the write failed and "sync" if the sync failed.
// errors.Is knows the errors of WriteAt and of Sync.
//
// ctx and Close end the call while it waits for another call, or for a sync that it does not make
// itself. If the kernel does not end a write or a sync that has begun, the call leaves it behind
// (ErrLeft): see Lending.
func (f *File) WriteAtSync(ctx context.Context, p []byte, off int64) (int, error) {
	return f.writeAtSync(ctx, p, off, "sync", 0)
}

// WriteAtDatasync is like WriteAtSync, but leaves out metadata that is not needed to read the
// data back, as Datasync does. A sync of either kind covers it.
func (f *File) WriteAtDatasync(ctx context.Context, p []byte, off int64) (int, error) {
	return f.writeAtSync(ctx, p, off, "datasync", proactor.FsyncDataOnly)
}

// AppendSync is WriteAtSync at the end of a file opened with O_APPEND, for example to append a
// record to a log. A record stays in one piece: its bytes do not mix with those of concurrent
// calls, including Write, nor, if p is less than 2 GiB, with those of other processes. If a call
// returns before another begins, its record comes first.
//
// Concurrent calls write one after the other and share a sync. So many writers of one log
// complete far more records in a second than one writer.
func (f *File) AppendSync(ctx context.Context, p []byte) (int, error) {
	return f.appendSync(ctx, record{whole: p}, "sync", 0)
}

// AppendDatasync is like AppendSync, but leaves out metadata that is not needed to read the data
// back, such as times. The new size of the file is needed, and is on the device too. A sync of
// either kind covers it.
func (f *File) AppendDatasync(ctx context.Context, p []byte) (int, error) {
	return f.appendSync(ctx, record{whole: p}, "datasync", proactor.FsyncDataOnly)
}

// AppendVSync is AppendSync of one record that is in several buffers. They are written in order,
// up to 1024 with one system call.
func (f *File) AppendVSync(ctx context.Context, buffers [][]byte) (int, error) {
	return f.appendSync(ctx, record{parts: buffers}, "sync", 0)
}

// AppendVDatasync is AppendDatasync of one record that is in several buffers. They are written in
// order.
func (f *File) AppendVDatasync(ctx context.Context, buffers [][]byte) (int, error) {
	return f.appendSync(ctx, record{parts: buffers}, "datasync", proactor.FsyncDataOnly)
}

func (f *File) writeAtSync(ctx context.Context, p []byte, off int64, op string, flags int) (int, error) {
	if err := f.checkWriteAt(off); err != nil {
		return 0, err
	}
	if f.kind == sysfile.Stream {
		return 0, f.failed("write", f.notSeekable())
	}
	defer runtime.KeepAlive(f)
	if err := f.d.Loop.Loops.Admit(ctx); err != nil {
		return 0, f.failed("write", err)
	}
	defer endAdmitted(f.d)
	failures := f.syncGroup().Failures.Load()
	n, err := f.writeAll(ctx, p, off)
	if err != nil {
		return n, f.failed("write", err)
	}
	return n, f.failed(op, f.syncAccepted(ctx, flags, failures))
}

func (f *File) appendSync(ctx context.Context, r record, op string, flags int) (int, error) {
	switch {
	case f == nil:
		return 0, os.ErrInvalid
	case !f.append:
		return 0, f.failed("write", errNotAppending)
	}
	defer runtime.KeepAlive(f)
	if err := f.d.Loop.Loops.Admit(ctx); err != nil {
		return 0, f.failed("write", err)
	}
	defer endAdmitted(f.d)
	if f.kind < sysfile.Positioned {
		if err := f.syncShared(ctx, flags); err != nil {
			return 0, f.failed(op, err) // what cannot be synced is not written to
		}
	}
	failures := f.syncGroup().Failures.Load()
	n, err := f.appendRecord(ctx, r)
	if err != nil {
		return n, f.failed("write", err)
	}
	return n, f.failed(op, f.syncAccepted(ctx, flags, failures))
}

// syncAccepted is syncSince for a call that was accepted. It is refused first if a Shutdown has begun since:
// a context that says so would cost each call memory.
func (f *File) syncAccepted(ctx context.Context, flags int, failures uint64) error {
	err := f.syncSince(ctx, flags, failures)
	if errors.Is(err, proactor.ErrClosed) && !f.d.Closed() {
		err = f.syncSince(fdcall.Admitted(ctx), flags, failures)
	}
	return err
}

// errNotAppending refuses AppendSync where it would not append.
var errNotAppending = errors.New("file was not opened with O_APPEND")

// A record is written as a whole, from one buffer or from several.
type record struct {
	whole []byte
	parts [][]byte
}

// appendRecord writes r at the position, while no other call of f writes.
func (f *File) appendRecord(ctx context.Context, r record) (n int, err error) {
	if err := f.lock.LockOn(ctx, f.d, fdcall.Writing); err != nil {
		return 0, err
	}
	defer func() { f.unlockAfter(err) }()
	if r.parts != nil {
		return f.appendParts(ctx, r.parts)
	}
	return f.writeAll(ctx, r.whole, proactor.CurrentPosition)
}

// appendParts is writeAll of several buffers, at the position.
func (f *File) appendParts(ctx context.Context, buffers [][]byte) (int, error) {
	n := 0
	for rest := vector.After(buffers, 0); len(rest) > 0; {
		m, err := f.vector(ctx, rest[:min(len(rest), buffersMax)], proactor.CurrentPosition, fdcall.Writing)
		n += m
		if err != nil {
			return n, err
		}
		rest = vector.After(rest, m)
	}
	return n, nil
}
