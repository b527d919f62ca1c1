package proactor

import (
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
)

func init() {
	hook.FlushUntil = func(p any, w hook.Waiter) { p.(*Proactor).flushUntil(w) }
	hook.Batching = func(p any) bool { return p.(*Proactor).policy.batchingShow.Load() }
	hook.Idle = func(p any) bool { return p.(*Proactor).showsIdle() }
	hook.Settle = func(p any) { p.(*Proactor).settleBackend() }
	hook.SetOwned = func(c any, k hook.Kind) { c.(*Completion).setOwned(k) }
}

func (c *Completion) setOwned(k hook.Kind) {
	c.asked |= withOwner
	c.req.Stream, c.req.Disk = k == hook.Socket || k == hook.Pipe, k == hook.Disk
}

// showsIdle reports whether the published counters have no operation queued or in flight.
func (p *Proactor) showsIdle() bool {
	now := &p.counters.published
	return now.queued.Load() == 0 && now.inFlight.Load() == 0
}

// settleBackend is backend.Settler's Settle, if there is one.
func (p *Proactor) settleBackend() {
	if s, ok := p.backend.(backend.Settler); ok {
		s.Settle()
	}
}
