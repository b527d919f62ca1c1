package proactor

import (
	"fmt"

	"github.com/awaitio/awaitio/internal/backend"
)

var ErrDescriptorClosed = errDescriptorClosed

// NewOn is New on a backend that is open already.
func NewOn(config Config, b backend.Backend) (*Proactor, error) {
	config, err := config.withDefaults()
	if err != nil {
		return nil, err
	}
	return newProactor(config, b), nil
}

// State tells how many operations are where.
func (p *Proactor) State() string {
	return fmt.Sprintf("%d queued, %d in flight, %d timers, %d cancels, %d listening, %d completed",
		p.queue.Size, p.inFlight.size, len(p.timers.Entries), len(p.cancels), p.listening.Size, p.completed.Size)
}

// State tells where c is.
func (c *Completion) State() string {
	return fmt.Sprintf("in state %d, stopped for %d", c.state.Load(), c.stopped)
}

// KeepsSomething reports whether c is in use, or keeps something of its last use.
func (c *Completion) KeepsSomething() bool {
	if c.state.Load() == left { // it keeps its request, and is never ready again
		return c.callback != nil
	}
	return c.state.Load() != idle || c.callback != nil || c.req.Buf != nil
}

// Left is what p has, and must not have when it is closed.
func (p *Proactor) Left() (left []string) {
	not := func(n int, format string) {
		if n != 0 {
			left = append(left, fmt.Sprintf(format, n))
		}
	}
	not(int(p.counters.stale), "%d events for operations that were over")
	not(int(p.queuedCount.Load()), "%d submissions are counted as waiting in line")
	if !p.unoccupied() || p.listening.Size > 0 {
		left = append(left, p.State())
	}
	not(p.inFlight.files, "%d transfers of files are counted as under way")
	for fd := range p.fds.dense {
		if e := &p.fds.dense[fd]; e.ops.Size != 0 || e.closing != nil || e.held.Size != 0 {
			left = append(left, fmt.Sprintf("descriptor %d is in use", fd))
		}
	}
	return left
}
