package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/proactor"
)

// waitForRoom is the proactor's. On a descriptor it also returns, with nil, when
// the deadline has passed or has moved, or the descriptor is being closed: the
// next attempt finds out what that means for the call.
func (at *Route) waitForRoom(ctx context.Context, p *proactor.Proactor) error {
	if at.D == nil {
		return p.WaitForRoom(ctx)
	}
	l := at.D.waitRoom(ctx, at.dir)
	defer at.D.leaveRoom(l)
	o := at.D.Loop.Begin(Outside{Op: (&QueuedCall{Dir: at.dir}).op(), State: proactor.StateInLine, On: at.D, Dir: at.dir, Ctx: ctx, Off: -1})
	defer at.D.Loop.End(o)
	err := p.WaitForRoom(l.ctx)
	if ctx.Err() == nil && l.ctx.Err() != nil {
		return nil
	}
	return err
}

// A roomWaiter ends a wait for room early. The proactor has nothing yet of the call
// that waits, and cannot do it.
type roomWaiter struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func (d *Descriptor) waitRoom(ctx context.Context, dir Direction) *roomWaiter {
	l := new(roomWaiter)
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.side[dir].deadline; t.IsZero() {
		l.ctx, l.cancel = context.WithCancel(ctx)
	} else {
		l.ctx, l.cancel = context.WithDeadline(ctx, t)
	}
	if d.Closed() {
		l.cancel()
	}
	if d.roomWaiters == nil {
		d.roomWaiters = make(map[*roomWaiter]struct{})
	}
	d.roomWaiters[l] = struct{}{}
	return l
}

func (d *Descriptor) leaveRoom(l *roomWaiter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.roomWaiters, l)
	l.cancel()
}

// wakeRoomWaiters has all calls that wait for room look again. The lock is held.
func (d *Descriptor) wakeRoomWaiters() {
	for l := range d.roomWaiters {
		l.cancel()
	}
}
