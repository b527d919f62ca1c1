package await

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/proactor"
)

// An engine is a proactor, the goroutine that drives it, and the records of the
// calls it serves.
type engine struct {
	p      *proactor.Proactor
	ended  chan struct{} // the goroutine is gone
	over   atomic.Bool   // takes no more submissions
	folded bool          // its counts are in the history, under whose lock this is

	waiters stock[*waiter]
	signals stock[chan struct{}]

	blocking blockingCalls // those that no proactor makes

	asking   sync.Mutex // one goroutine asks for a refill at a time
	asked    atomic.Bool
	refiller proactor.Completion
}

func newEngine(config proactor.Config) (*engine, error) {
	p, err := proactor.New(config)
	if err != nil {
		return nil, err
	}
	e := &engine{p: p, ended: make(chan struct{}), blocking: newBlockingCalls(config)}
	e.waiters.init(func() *waiter { return newWaiter(e) })
	e.signals.init(func() chan struct{} { return make(chan struct{}) })
	go e.run()
	e.waitUntilRunning()
	return e, nil
}

// waitUntilRunning returns when the loop has begun, with all the goroutines that it
// will have: a leak detector may take stock of them next.
func (e *engine) waitUntilRunning() {
	running := make(chan struct{})
	err := e.p.NextTick(&e.refiller, func(*proactor.Completion, proactor.Result) { close(running) })
	if err == nil { // else it was idle for so short a time as it may be, and has ended
		<-running
	}
}

// run drives the proactor until it is closed, or has failed: then the calls under way
// have been told, and the next starts another engine.
func (e *engine) run() {
	defer close(e.ended)
	_ = e.p.Run(context.Background()) // Close tells it
	e.over.Store(true)
	e.blocking.end()
}

// askRefill has the loop make records where they ran short: channels that are
// made there belong to no testing/synctest bubble of a caller.
func (e *engine) askRefill() error {
	e.asking.Lock()
	defer e.asking.Unlock()
	if e.asked.Swap(true) {
		return nil // it is going to
	}
	err := e.p.NextTick(&e.refiller, func(*proactor.Completion, proactor.Result) {
		e.asked.Store(false) // first: whoever comes too late for this refill asks again
		e.waiters.refill()
		e.signals.refill()
	})
	if err != nil {
		e.asked.Store(false)
	}
	return err
}

// takeFrom takes a record of e from s, and waits for one to be made if need be;
// false if the engine or ctx has ended.
func takeFrom[T any](ctx context.Context, e *engine, s *stock[T]) (record T, ok bool) {
	for {
		if record, ok = s.take(); ok {
			return record, true
		}
		if !errors.Is(e.askRefill(), proactor.ErrQueueFull) {
			return s.receive(e.p.Done(), ctx.Done())
		}
		s.leave()
		if e.p.WaitForRoom(ctx) != nil {
			return record, false
		}
	}
}
