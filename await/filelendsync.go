package await

import (
	"context"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// sync is File.syncShared of an abandonable file. The sync is an operation whose end
// the loop tells to all who are covered, since the caller that began it may have left.
func (l *lender) sync(ctx context.Context, g *syncGroup, flags int) error {
	w, err := l.d.loop.waiter(ctx, place{})
	if err != nil {
		return err
	}
	defer w.e.waiters.put(w)
	passed := l.alarms[writing].wait()
	lead, err := g.join(w, flags)
	if err == nil && !lead {
		lead, err = g.wait(ctx, w, passed, l.gone)
	}
	if !lead {
		return err
	}
	if err := l.startSync(ctx, g, w, flags); err != nil {
		return err
	}
	_, err = g.wait(ctx, w, passed, l.gone)
	return err
}

// startSync begins a sync that covers w, and all others who wait.
func (l *lender) startSync(ctx context.Context, g *syncGroup, w *waiter, flags int) error {
	if _, err := l.borrow(ctx, writing, 0); err != nil {
		g.end(false, nil)
		return err
	}
	op, err := l.d.start(ctx, writing, func(op *waiter) error {
		op.c.SetMayHang()
		return g.start(op, w, flags, func(flags int) error {
			return l.fsync(op, flags, func(_ *proactor.Completion, r proactor.Result) {
				err := causeOf(r.Err)
				if l.d.leave(op, writing) && err == proactor.ErrCanceled {
					err = errDescriptorClosed // the close asked it to stop
				}
				l.giveBack(nil)
				g.end(true, err)
				op.e.waiters.put(op)
			})
		})
	})
	if err != nil {
		l.giveBack(nil)
		g.end(false, nil)
		return err
	}
	hook.FlushUntil(op.p, w)
	return nil
}
