package fdcall

import (
	"context"
	"runtime"
	"sync/atomic"
)

// A FairLock is held by one call at a time, and handed to the calls that wait in their
// order. The zero FairLock is unlocked.
//
// It is a count of the calls that hold it or wait for it, and a channel, made when a
// call has to wait for the first time, that hands it on. It is handed on only while
// some call waits, and a call that gives up makes sure that this is so: the lock is
// never on its way to nobody.
type FairLock struct {
	count atomic.Int32
	next  atomic.Pointer[chan struct{}]
}

// Lock waits until the lock is free, or ctx ends.
func (t *FairLock) Lock(ctx context.Context) error {
	if t.count.Add(1) == 1 {
		return nil
	}
	return t.wait(&QueuedCall{Ctx: ctx})
}

// LockOn is Lock for a call on d, whose wait the deadline of dir and a close of d end
// as well.
func (t *FairLock) LockOn(ctx context.Context, d *Descriptor, dir Direction) error {
	if t.count.Add(1) == 1 {
		return nil
	}
	return t.wait(&QueuedCall{Ctx: ctx, Dir: dir, On: [2]*Descriptor{d}})
}

// LockOnBoth is Lock for a call on two descriptors: a close of either ends the wait.
func (t *FairLock) LockOnBoth(on [2]*Descriptor) error {
	if t.count.Add(1) == 1 {
		return nil
	}
	return t.wait(&QueuedCall{Ctx: context.Background(), Dir: Untimed, On: on})
}

// wait waits for the lock on behalf of c, which is counted already.
func (t *FairLock) wait(c *QueuedCall) error {
	err := c.enter()
	if err != nil {
		t.giveUp()
		return err
	}
	defer c.leave()
	select {
	case <-t.channel():
		return nil
	case <-c.Ctx.Done():
	case <-c.ended[0]:
	case <-c.ended[1]:
	}
	t.giveUp()
	return c.cause()
}

// giveUp ends the wait of one call. Where no other call waits for the lock or holds it,
// the lock has come, or is about to: then it is unlocked. It must not be waited
// for, as another may come and have it first.
func (t *FairLock) giveUp() {
	for {
		select {
		case <-t.channel():
			t.Unlock()
			return
		default:
		}
		if count := t.count.Load(); count == 1 {
			runtime.Gosched() // to the goroutine that hands it on
		} else if t.count.CompareAndSwap(count, count-1) {
			return
		}
	}
}

// TryLock is Lock for a call that will not wait.
func (t *FairLock) TryLock() bool { return t.count.CompareAndSwap(0, 1) }

// Unlock hands the lock to the next call, if one waits.
func (t *FairLock) Unlock() {
	if t.count.Add(-1) > 0 {
		t.channel() <- struct{}{}
	}
}

// channel has room for the lock, so that no call waits to hand it on.
func (t *FairLock) channel() chan struct{} {
	if c := t.next.Load(); c != nil {
		return *c
	}
	c := make(chan struct{}, 1)
	if t.next.CompareAndSwap(nil, &c) {
		return c
	}
	return *t.next.Load()
}
