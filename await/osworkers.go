package await

import (
	"context"
	"errors"

	"github.com/awaitio/awaitio/proactor"
)

// blockingCalls bounds the calls that block a thread in the kernel because no
// backend takes them: a full channel is as many as Config.Workers at once. The
// caller's own goroutine makes the call, which would wait for it anyway, so
// there is no worker to start, to hand over to, or to be left behind.
type blockingCalls chan struct{}

// blockingCallsDefault is what Config.Workers is where it is zero.
const blockingCallsDefault = 64

func newBlockingCalls(config proactor.Config) blockingCalls {
	if config.Workers == 0 {
		return make(blockingCalls, blockingCallsDefault)
	}
	return make(blockingCalls, config.Workers)
}

// end waits for the calls under way. None comes after them.
func (b blockingCalls) end() {
	for range cap(b) {
		b <- struct{}{}
	}
}

// blocking makes a call that blocks the thread. While it waits for its turn ctx
// can end it; once it runs it is waited for, as nothing can stop it.
func (l *ioLoop) blocking(ctx context.Context, call func() error) error {
	return l.blockingFor(&queuedCall{ctx: ctx}, call)
}

// blockingFor is blocking for a call that what ends c ends while it waits.
func (l *ioLoop) blockingFor(c *queuedCall, call func() error) error {
	turn, err := l.turnToBlock(c)
	if err != nil {
		return err
	}
	defer func() { <-turn }()
	return call()
}

// turnToBlock waits until one more call may block. Its end is to be taken from the
// channel.
func (l *ioLoop) turnToBlock(c *queuedCall) (blockingCalls, error) {
	if c.ctx == nil {
		return nil, errNilContext
	}
	for {
		if c.ctx.Err() != nil {
			return nil, endOf(c.ctx)
		}
		e, err := l.engine()
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
		e.over.Store(true) // engine decides: another engine, or closed for good
	}
}

// errEngineEnded is the end of a wait for an engine that takes no more calls.
var errEngineEnded = errors.New("engine ended")

// waitToBlock waits until one more call of e may block.
func (e *engine) waitToBlock(c *queuedCall) error {
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	select {
	case e.blocking <- struct{}{}:
		return nil
	case <-c.ctx.Done():
	case <-c.ended[0]:
	case <-c.ended[1]:
	case <-e.p.Done():
		return errEngineEnded
	}
	return c.cause()
}
