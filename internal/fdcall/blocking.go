package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/proactor"
)

// blockingSlotsDefault is what Config.Workers is where it is zero.
const blockingSlotsDefault = 64

// newBlockingSlots bounds the calls that block a thread in the kernel because no
// backend takes them: as many as Config.Workers hold it at once. The caller's own
// goroutine makes the call, which would wait for it anyway, so there is no worker to
// start, to hand over to, or to be left behind.
func newBlockingSlots(config proactor.Config) *FairLock {
	if config.Workers <= 0 { // less than 0 is refused when a loop starts
		return newFairSlots(blockingSlotsDefault)
	}
	return newFairSlots(config.Workers)
}

// endBlocking waits for the calls of e that block a thread. None comes after them.
func (e *Engine) endBlocking() { e.blocking.lockAll(context.Background()) }

// blockingFor makes a call that blocks the thread. What ends c ends the wait for a slot; once
// the call runs it is waited for, as nothing can stop it.
func (l *Loop) blockingFor(c *QueuedCall, call func() error) error {
	slots, err := l.Loops.near(l).blockingSlot(c)
	if err != nil {
		return err
	}
	defer slots.Unlock()
	return call()
}

// blockingSlot waits until one more call may block. Its end is to be told to the slots.
func (l *Loop) blockingSlot(c *QueuedCall) (*FairLock, error) {
	if c.Ctx == nil {
		return nil, ErrNilContext
	}
	for {
		if c.Ctx.Err() != nil {
			return nil, EndOf(c.Ctx)
		}
		e, err := l.engineFor(c.Ctx)
		if err != nil {
			return nil, err
		}
		if e.blocking.enter() { // most find room, and that is quick to see
			return e.blocking, nil
		}
		if err := e.blocking.wait(c, e.Proactor.Done()); err != errStopped {
			return e.blocking, err
		}
		e.stop() // Loop.Engine decides: another engine, or closed for good
	}
}
