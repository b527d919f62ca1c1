package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// Sync is File.syncShared of an abandonable file. The sync is an operation whose end
// the loop tells to all callers it covers, since the caller that began it may have left.
func (l *Bounce) Sync(ctx context.Context, g *SyncGroup, flags int) error {
	if l.lane != nil {
		return l.syncOnLane(ctx, flags)
	}
	w, err := l.d.Loop.Waiter(ctx)
	if err != nil {
		return err
	}
	defer w.Engine.Waiters.Put(w)
	passed := l.alarms[Writing].wait()
	lead, err := g.Join(w, flags)
	if err == nil && !lead {
		lead, err = g.Wait(ctx, w, passed, l.closed)
	}
	if !lead {
		return err
	}
	if err := l.startSync(ctx, g, w, flags); err != nil {
		return err
	}
	_, err = g.Wait(ctx, w, passed, l.closed)
	return err
}

// startSync begins a sync that covers w and all other callers that wait.
func (l *Bounce) startSync(ctx context.Context, g *SyncGroup, w *Waiter, flags int) error {
	if _, err := l.acquire(ctx, Writing, 0); err != nil {
		g.End(false, nil)
		return err
	}
	op, err := l.d.Start(ctx, Writing, func(op *Waiter) error {
		op.C.SetMayHang()
		return g.start(op, w, flags, func(flags int) error {
			return l.Fsync(op, flags, func(_ *proactor.Completion, r proactor.Result) {
				err := CauseOf(r.Err)
				if l.d.Leave(op, Writing) && err == proactor.ErrCanceled {
					err = ErrDescriptorClosed // the close asked it to stop
				}
				l.release(nil)
				g.End(true, err)
				op.on, op.under = nil, nil
				op.Engine.Waiters.Put(op)
			})
		})
	})
	if err != nil {
		l.release(nil)
		g.End(false, nil)
		return err
	}
	hook.FlushUntil(op.Proactor, w.done)
	return nil
}
