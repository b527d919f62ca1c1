package await

import (
	"context"
	"os"
	"runtime"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// Sync waits until the data and metadata written to the file are on the device. It covers writes
// that returned before it was called.
//
// Callers share syncs, whether they call Sync, Datasync or the forms of WriteAtSync and
// AppendSync: one fsync(2) covers all writes from before it began. One caller makes the system
// call and blocks its thread; at most Config.Workers do so at once. The others park. This is the
// same on every backend.
//
// Linux reports a failed write-back only once for each open file. If a sync fails, all callers
// that called before or during it get the error. errors.Is knows EIO, ENOSPC and EDQUOT, EROFS
// and EINVAL (not a file that can be synced), os.ErrClosed, os.ErrDeadlineExceeded, and in
// addition ErrLeft if the sync is the caller's own and continues.
//
// fsync(2); on macOS F_FULLFSYNC.
func (f *File) Sync() error { return f.SyncContext(context.Background()) }

// SyncContext is like Sync, but returns when ctx ends. A sync that has begun continues (ErrLeft),
// and still covers the other callers.
func (f *File) SyncContext(ctx context.Context) error { return f.sync(ctx, "sync", 0) }

// Datasync is like Sync, but leaves out metadata that is not needed to read the data back, such
// as times. fdatasync(2) on Linux, fsync(2) elsewhere.
func (f *File) Datasync() error { return f.DatasyncContext(context.Background()) }

// DatasyncContext is like Datasync, but returns when ctx ends, as SyncContext does.
func (f *File) DatasyncContext(ctx context.Context) error {
	return f.sync(ctx, "datasync", proactor.FsyncDataOnly)
}

// sync makes a sync of f, or shares another caller's, for a call op.
func (f *File) sync(ctx context.Context, op string, flags int) error {
	if f == nil {
		return os.ErrInvalid
	}
	defer runtime.KeepAlive(f)
	return f.failed(op, f.syncSince(ctx, flags, f.syncGroup().Failures.Load()))
}

// syncSince fails also if a sync has failed since there were so many failures: what
// the caller wrote may be what the system could not write.
func (f *File) syncSince(ctx context.Context, flags int, failures uint64) error {
	if err := f.syncShared(ctx, flags); err != nil {
		return err
	}
	return f.syncGroup().FailedSince(failures)
}

func (f *File) syncShared(ctx context.Context, flags int) error {
	switch {
	case ctx == nil:
		return fdcall.ErrNilContext
	case ctx.Err() != nil:
		return fdcall.EndOf(ctx)
	case f.d.MayHang(): // each caller has its own, which tells it all that the system has to tell of the open file
		_, _, err := f.d.Apart(fdcall.ApartCall{Ctx: ctx, Dir: fdcall.Writing, Op: "fsync", Off: -1, Call: func(fd int) (int, error) {
			return 0, f.syncGroup().Fsync(fd, flags == proactor.FsyncDataOnly)
		}})
		return err
	}
	lead, err := f.syncGroup().Join(nil, flags)
	if err == nil && !lead {
		lead, err = f.waitForSync(ctx, flags)
	}
	if !lead {
		return err
	}
	return f.leadSync(ctx, flags)
}

// waitForSync waits for the next sync, and reports whether it is the caller's to make.
func (f *File) waitForSync(ctx context.Context, flags int) (lead bool, err error) {
	w, err := f.d.Loop.Waiter(ctx)
	if err != nil {
		return false, err
	}
	defer w.Engine.Waiters.Put(w)
	lead, err = f.syncGroup().Join(w, flags)
	if lead || err != nil {
		return lead, err
	}
	if !f.d.Lends(ctx, fdcall.Writing) {
		return f.syncGroup().Wait(ctx, w, nil)
	}
	return f.syncGroup().Wait(ctx, w, f.d)
}

// leadSync makes a sync for all callers that wait for one. If callers come in numbers, it lets more
// of them join first.
func (f *File) leadSync(ctx context.Context, flags int) (err error) {
	switch {
	case !f.letsCallersJoin():
	case f.d.Loop.Loops.Simulated || hook.InBubble():
		runtime.Gosched() // no time passes there while anybody runs
	default:
		f.syncGroup().Gather()
	}
	call, ended := f.syncGroup().Lead(flags)
	panics := true
	defer func() {
		if panics { // the context has, before the sync began: another leads
			ended(nil)
		}
	}()
	if f.d.Lends(ctx, fdcall.Writing) {
		_, _, err = f.d.Apart(fdcall.ApartCall{Ctx: ctx, Dir: fdcall.Writing, Op: "fsync", Off: -1, Call: call, Ended: ended})
		panics = false
		return err
	}
	_, err = f.d.OnThread(ctx, call)
	panics = false
	ended(err)
	return err
}

// syncGroup is the callers that sync f. The first sync makes it: most files that are opened are never
// synced.
func (f *File) syncGroup() *fdcall.SyncGroup {
	if g := f.syncs.Load(); g != nil {
		return g
	}
	f.syncs.CompareAndSwap(nil, fdcall.NewSyncGroup(f.fsync(), f.d.Loop.Loops.Off.Has(ablate.SharedSyncs)))
	return f.syncs.Load()
}

// closeSyncs ends the wait of callers that no sync under way covers, and refuses later ones.
func (f *File) closeSyncs() {
	if !f.syncs.CompareAndSwap(nil, closedSyncs) {
		f.syncs.Load().Close()
	}
}

// closedSyncs is the group of all files that were closed before their first sync.
var closedSyncs = fdcall.NewClosedSyncGroup()

// fsync is what makes a sync, and blocks: fsync(2) or, where the disk is simulated and the sync takes
// simulated time, an operation. Neither a context nor Close ends it.
func (f *File) fsync() func(fd int, dataOnly bool) error {
	if !f.d.Loop.Loops.Simulated {
		return sysfile.Fsync
	}
	return func(fd int, dataOnly bool) error {
		flags := 0
		if dataOnly {
			flags = proactor.FsyncDataOnly
		}
		_, err := f.d.Loop.Loops.Call(context.Background(), "fsync", fd, func(w *fdcall.Waiter) error {
			return w.Proactor.Fsync(&w.C, fd, flags, fdcall.Deliver)
		})
		return fdcall.CauseOf(err)
	}
}

// letsCallersJoin reports whether a leader lets others run before it makes a sync.
func (f *File) letsCallersJoin() bool {
	return f.syncGroup().IsShared() && !f.d.Loop.Loops.Off.Has(ablate.SyncYield)
}
