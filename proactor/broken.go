package proactor

import (
	"math"
	"sync"

	"github.com/awaitio/awaitio/internal/backend"
)

// A failedError is the error of an operation whose backend has failed.
type failedError struct {
	backend string
	cause   error
	refuses bool // a submission that came later: the proactor is closed
}

func (e *failedError) Error() string { return e.backend + " failed: " + e.cause.Error() }
func (e *failedError) Unwrap() error { return e.cause }
func (e *failedError) Is(target error) bool {
	return target == ErrBackendFailed || e.refuses && ErrClosed.(closedError).Is(target)
}

// broken records that the backend has failed, and closes the proactor: the goroutine that drives
// it, or the next one that does, ends the operations under way.
func (p *Proactor) broken(err error) error {
	if p.failure == nil {
		p.failure = &failedError{backend: p.backend.Name(), cause: err}
		p.refusal.Store(&failedError{backend: p.backend.Name(), cause: err, refuses: true})
		p.closing.Store(true)
	}
	return p.failure
}

// refused is the error of a submission to a proactor that is closed or closing.
func (p *Proactor) refused() error {
	if failed := p.refusal.Load(); failed != nil {
		return failed
	}
	return ErrClosed
}

// endOf is the error of an operation that was asked to stop for r.
func (p *Proactor) endOf(r reason) error {
	if r == reasonClosed && p.failure != nil {
		return p.failure
	}
	return reasonErrors[r]
}

// giveUp ends the operations that the backend did not give back when the proactor drained.
// What became of them in the kernel is not known.
func (p *Proactor) giveUp() {
	p.reap(math.MaxInt) // some results may still be there
	lost := p.lost()
	_ = p.backend.Close() // before anybody is told: most of what the kernel still has ends here
	for c, unsent := range lost {
		p.lose(c, unsent)
	}
	for _, e := range p.cancels {
		if e.c != nil {
			p.finish(e.c, 0, p.failure)
		}
	}
	p.cancels = nil
	for c := p.queue.PopFront(); c != nil; c = p.queue.PopFront() { // closes: all else has been stopped
		p.finish(c, 0, p.system.Close(c.req.FD))
	}
	for p.completed.Size > 0 {
		p.dispatch(math.MaxInt)
	}
}

// lost returns the operations that the backend has, and whether the kernel never had them.
func (p *Proactor) lost() map[*Completion]bool {
	u, knows := p.backend.(backend.Unsender)
	lost := map[*Completion]bool{}
	for i := range p.inFlight.slots {
		if c := p.inFlight.slots[i].c; c != nil {
			lost[c] = knows && u.Unsent(c.req.Token)
		}
	}
	return lost
}

// lose ends c, which the backend has. Its memory is pinned, unless the kernel never had it.
func (p *Proactor) lose(c *Completion, unsent bool) {
	p.inFlight.remove(c.req.Token)
	if unsent && c.kind == kindClose {
		p.finish(c, 0, p.system.Close(c.req.FD))
		return
	}
	buf := c.req.Buf
	p.finish(c, c.moved, p.failure)
	if !unsent {
		pin(p.backend, buf, c.details)
		c.details, c.facts = nil, c.facts&^isDetailed // another operation gets its own
	}
}

// pinned is memory that the kernel may still read or write although no operation is left. It stays
// reachable for good, so that it is not used for anything else.
var pinned struct {
	mu  sync.Mutex
	all []any
}

func pin(what ...any) {
	pinned.mu.Lock()
	defer pinned.mu.Unlock()
	pinned.all = append(pinned.all, what...)
}
