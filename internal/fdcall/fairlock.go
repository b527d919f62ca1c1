package fdcall

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
)

// A FairLock is held by one call at a time, or by as many as newFairSlots says, and handed
// to the calls that wait in their order. The zero FairLock is unlocked.
//
// It is a count of the calls that hold it or wait for it, and a channel, made when a
// call has to wait for the first time, that hands it on. It is handed on only while
// some call waits, and a call that gives up makes sure that this is so: the lock is
// never on its way to nobody.
type FairLock struct {
	count atomic.Int32
	more  int32 // how many calls may hold it beside one
	next  atomic.Pointer[chan struct{}]
}

// newFairSlots is a FairLock that n calls hold at once. Its channel is made here, since a
// channel that a caller in a testing/synctest bubble made would be that bubble's.
func newFairSlots(n int) *FairLock {
	t := &FairLock{more: int32(n) - 1}
	t.channel()
	return t
}

// enter counts a call that takes the lock or is about to wait for it, and reports whether it
// has it.
func (t *FairLock) enter() bool { return t.count.Add(1) <= 1+t.more }

// Lock waits until the lock is free, or ctx ends.
func (t *FairLock) Lock(ctx context.Context) error {
	if t.enter() {
		return nil
	}
	return t.wait(&QueuedCall{Ctx: ctx}, nil)
}

// LockOn is Lock for a call on d, whose wait the deadline of dir and a close of d end
// as well.
func (t *FairLock) LockOn(ctx context.Context, d *Descriptor, dir Direction) error {
	if t.enter() {
		return nil
	}
	return t.wait(&QueuedCall{Ctx: ctx, Dir: dir, On: [2]*Descriptor{d}}, nil)
}

// LockOnBoth is Lock for a call on two descriptors: a close of either ends the wait.
func (t *FairLock) LockOnBoth(on [2]*Descriptor) error {
	if t.enter() {
		return nil
	}
	return t.wait(&QueuedCall{Ctx: context.Background(), Dir: Untimed, On: on}, nil)
}

// errStopped is the end of a wait that stop ended.
var errStopped = errors.New("wait stopped")

// wait waits for the lock on behalf of c, which is counted already, until stop is closed.
func (t *FairLock) wait(c *QueuedCall, stop <-chan struct{}) error {
	held := false
	defer func() {
		if !held { // also where c's context panics
			t.giveUp()
		}
	}()
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	select {
	case <-t.channel():
		held = true
		return nil
	case <-c.done:
	case <-c.ended[0]:
	case <-c.ended[1]:
	case <-stop:
		return errStopped
	}
	return c.cause()
}

// giveUp ends the wait of one call. Where no more calls wait for the lock or hold it than may
// hold it, it has come, or is about to: then it is unlocked. It must not be waited
// for, as another may come and have it first.
func (t *FairLock) giveUp() {
	for {
		select {
		case <-t.channel():
			t.Unlock()
			return
		default:
		}
		if count := t.count.Load(); count <= 1+t.more {
			runtime.Gosched() // to the goroutine that hands it on
		} else if t.count.CompareAndSwap(count, count-1) {
			return
		}
	}
}

// lockAll takes the lock as often as calls may hold it, or until ctx ends, and tells how often
// it has it.
func (t *FairLock) lockAll(ctx context.Context) (held int32) {
	for held <= t.more && t.Lock(ctx) == nil {
		held++
	}
	return held
}

// TryLock is Lock for a call that will not wait.
func (t *FairLock) TryLock() bool {
	for {
		count := t.count.Load()
		if count > t.more {
			return false
		}
		if t.count.CompareAndSwap(count, count+1) {
			return true
		}
	}
}

// Unlock hands the lock to the next call, if one waits.
func (t *FairLock) Unlock() {
	if t.count.Add(-1) > t.more {
		t.channel() <- struct{}{}
	}
}

// channel has room for the lock, so that no call waits to hand it on: as many times as calls
// may hold it.
func (t *FairLock) channel() chan struct{} {
	if c := t.next.Load(); c != nil {
		return *c
	}
	c := make(chan struct{}, 1+t.more)
	if t.next.CompareAndSwap(nil, &c) {
		return c
	}
	return *t.next.Load()
}
