//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// Close stops what is still in flight and waits for it, then gives the ring
// back. A descriptor that nobody can take any more is closed.
func (b *Backend) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	if b.failure != nil {
		return b.closeFailed()
	}
	err := b.drain()
	b.workers.Wait()
	b.ring.Settle()
	return firstError(err, b.Spot.Close(), b.ring.Close())
}

func (b *Backend) drain() error {
	var events [reapMax]backend.Event
	for i := range b.operations {
		if f := &b.operations[i]; f.req != nil && f.stop != stopAsked {
			for !b.Cancel(f.token, backend.TokenNone) {
				if err := b.flush(); err != nil {
					return err
				}
			}
		}
	}
	for b.live > 0 {
		if _, err := b.Submit(nil); err != nil {
			return err
		}
		if at := b.askAt(); !at.IsZero() {
			time.Sleep(time.Until(at))
		} else if b.live > 0 {
			if err := b.Wait(time.Time{}); err != nil {
				return err
			}
		}
		for n := b.Reap(events[:]); n > 0; n = b.Reap(events[:]) {
			b.discard(events[:n])
		}
	}
	return nil
}

// discard closes the descriptors among results that nobody takes.
func (b *Backend) discard(events []backend.Event) {
	for _, e := range events {
		if e.Result >= 0 && b.operations[e.Token.Index()].op.MakesDescriptor() {
			_ = unix.Close(e.Result) // nobody is left to hear of an error
		}
	}
}
