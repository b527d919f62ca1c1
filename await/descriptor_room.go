package await

import (
	"context"

	"github.com/awaitio/awaitio/proactor"
)

// A place is where a call waits for room in the proactor's line: on a descriptor,
// or, if d is nil, on none.
type place struct {
	d   *descriptor
	dir direction

	stays uint16 // how many calls are made with the next record of any loop; 0: it is the descriptor's own loop's
}

// waitForRoom is the proactor's. On a descriptor it also returns, with nil, when
// the deadline has passed or has moved, or the descriptor is being closed: the
// next attempt finds out what that means for the call.
func (at place) waitForRoom(ctx context.Context, p *proactor.Proactor) error {
	if at.d == nil {
		return p.WaitForRoom(ctx)
	}
	l := at.d.lookOut(ctx, at.dir)
	defer at.d.lookAway(l)
	err := p.WaitForRoom(l.ctx)
	if ctx.Err() == nil && l.ctx.Err() != nil {
		return nil
	}
	return err
}

// A lookout ends a wait for room early. The proactor has nothing yet of the call
// that waits, and cannot do it.
type lookout struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func (d *descriptor) lookOut(ctx context.Context, dir direction) *lookout {
	l := new(lookout)
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.side[dir].deadline; t.IsZero() {
		l.ctx, l.cancel = context.WithCancel(ctx)
	} else {
		l.ctx, l.cancel = context.WithDeadline(ctx, t)
	}
	if d.closed() {
		l.cancel()
	}
	if d.inLine == nil {
		d.inLine = make(map[*lookout]struct{})
	}
	d.inLine[l] = struct{}{}
	return l
}

func (d *descriptor) lookAway(l *lookout) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.inLine, l)
	l.cancel()
}

// stir has all calls that wait for room look again. The lock is held.
func (d *descriptor) stir() {
	for l := range d.inLine {
		l.cancel()
	}
}
