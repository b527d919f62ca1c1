package await

import (
	"context"
	"runtime"
	"sync/atomic"
)

// A turn is had by one at a time, and given to those who wait in their order. The
// zero turn is free.
//
// It is a count of those who have it or want it, and a channel, made when somebody
// has to wait for the first time, that hands it on. It is handed on only while
// somebody wants it, and whoever gives up makes sure that this is so: the turn is
// never on its way to nobody.
type turn struct {
	count atomic.Int32
	next  atomic.Pointer[chan struct{}]
}

// take waits until nobody has the turn, or ctx ends.
func (t *turn) take(ctx context.Context) error {
	if t.count.Add(1) == 1 {
		return nil
	}
	return t.wait(&queuedCall{ctx: ctx})
}

// takeOn is take for a call on d, whose wait the deadline of dir and a close of d end
// as well.
func (t *turn) takeOn(ctx context.Context, d *descriptor, dir direction) error {
	if t.count.Add(1) == 1 {
		return nil
	}
	return t.wait(&queuedCall{ctx: ctx, dir: dir, on: [2]*descriptor{d}})
}

// wait waits for the turn of c, which is counted already.
func (t *turn) wait(c *queuedCall) error {
	err := c.enter()
	if err != nil {
		t.giveUp()
		return err
	}
	defer c.leave()
	select {
	case <-t.channel():
		return nil
	case <-c.ctx.Done():
	case <-c.ended[0]:
	case <-c.ended[1]:
	}
	t.giveUp()
	return c.cause()
}

// giveUp leaves the others who want the turn, or have it, to themselves. Where there
// are none the turn has come, or is about to: then it is given. It must not be waited
// for, as another may come and have it first.
func (t *turn) giveUp() {
	for {
		select {
		case <-t.channel():
			t.give()
			return
		default:
		}
		if count := t.count.Load(); count == 1 {
			runtime.Gosched() // to the one who is giving it
		} else if t.count.CompareAndSwap(count, count-1) {
			return
		}
	}
}

// tryTake is take for those who will not wait.
func (t *turn) tryTake() bool { return t.count.CompareAndSwap(0, 1) }

// give ends one's turn.
func (t *turn) give() {
	if t.count.Add(-1) > 0 {
		t.channel() <- struct{}{}
	}
}

// channel has room for the turn, so that nobody waits to give it.
func (t *turn) channel() chan struct{} {
	if c := t.next.Load(); c != nil {
		return *c
	}
	c := make(chan struct{}, 1)
	if t.next.CompareAndSwap(nil, &c) {
		return c
	}
	return *t.next.Load()
}
