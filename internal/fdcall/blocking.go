package fdcall

import (
	"context"
	"errors"

	"github.com/awaitio/awaitio/proactor"
)

// blockingSlots bounds the calls that block a thread in the kernel because no
// backend takes them: a full channel is as many as Config.Workers at once. The
// caller's own goroutine makes the call, which would wait for it anyway, so
// there is no worker to start, to hand over to, or to be left behind.
type blockingSlots chan struct{}

// blockingSlotsDefault is what Config.Workers is where it is zero.
const blockingSlotsDefault = 64

func newBlockingSlots(config proactor.Config) blockingSlots {
	if config.Workers == 0 {
		return make(blockingSlots, blockingSlotsDefault)
	}
	return make(blockingSlots, config.Workers)
}

// end waits for the calls under way. None comes after them.
func (b blockingSlots) end() {
	for range cap(b) {
		b <- struct{}{}
	}
}

// Blocking makes a call that blocks the thread. While it waits for a slot ctx
// can end it; once it runs it is waited for, as nothing can stop it.
func (l *Loop) Blocking(ctx context.Context, call func() error) error {
	return l.blockingFor(&QueuedCall{Ctx: ctx}, call)
}

// blockingFor is Blocking for a call whose wait everything ends that ends c.
func (l *Loop) blockingFor(c *QueuedCall, call func() error) error {
	slot, err := l.blockingSlot(c)
	if err != nil {
		return err
	}
	defer func() { <-slot }()
	return call()
}

// blockingSlot waits until one more call may block. Its end is to be taken from the
// channel.
func (l *Loop) blockingSlot(c *QueuedCall) (blockingSlots, error) {
	if c.Ctx == nil {
		return nil, ErrNilContext
	}
	for {
		if c.Ctx.Err() != nil {
			return nil, EndOf(c.Ctx)
		}
		e, err := l.Engine()
		if err != nil {
			return nil, err
		}
		select { // most find room, and that is quick to see
		case e.blocking <- struct{}{}:
			return e.blocking, nil
		default:
		}
		if err := e.waitToBlock(c); err == nil || err != errEngineEnded {
			return e.blocking, err
		}
		e.stopped.Store(true) // Loop.Engine decides: another engine, or closed for good
	}
}

// errEngineEnded is the end of a wait for an engine that takes no more calls.
var errEngineEnded = errors.New("engine ended")

// waitToBlock waits until one more call of e may block.
func (e *Engine) waitToBlock(c *QueuedCall) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	select {
	case e.blocking <- struct{}{}:
		return nil
	case <-c.Ctx.Done():
	case <-c.ended[0]:
	case <-c.ended[1]:
	case <-e.Proactor.Done():
		return errEngineEnded
	}
	return c.cause()
}
