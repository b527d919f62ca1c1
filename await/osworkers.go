package await

import (
	"context"

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
func (io *IO) blocking(ctx context.Context, call func() error) error {
	turn, err := io.turnToBlock(ctx)
	if err != nil {
		return err
	}
	defer func() { <-turn }()
	return call()
}

// turnToBlock waits until one more call may block. Its end is to be taken from the
// channel.
func (io *IO) turnToBlock(ctx context.Context) (blockingCalls, error) {
	if ctx == nil {
		return nil, errNilContext
	}
	for {
		if ctx.Err() != nil {
			return nil, endOf(ctx)
		}
		e, err := io.engine()
		if err != nil {
			return nil, err
		}
		select { // most find room, and that is quick to see
		case e.blocking <- struct{}{}:
			return e.blocking, nil
		default:
		}
		select {
		case e.blocking <- struct{}{}:
			return e.blocking, nil
		case <-ctx.Done():
		case <-e.p.Done():
			e.over.Store(true) // io.engine decides: another engine, or closed for good
		}
	}
}
