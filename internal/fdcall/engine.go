package fdcall

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/system"
	"github.com/awaitio/awaitio/proactor"
)

// An Engine is a proactor, the goroutine that drives it, and the records of the
// calls it serves.
type Engine struct {
	Proactor *proactor.Proactor
	loop     *Loop         // it was made for
	ended    chan struct{} // the goroutine is gone
	stopped  atomic.Bool   // takes no more calls
	finished atomic.Bool   // takes no more submissions
	folded   bool          // its counts are in the history, under whose lock this is

	Waiters FreeList[*Waiter]
	Signals FreeList[chan struct{}]

	blocking *FairLock // calls that no proactor makes

	asking   sync.Mutex // one goroutine asks for a refill at a time
	asked    atomic.Bool
	refiller proactor.Completion

	_         [64]byte // what follows is written now and then, and callers read what is above
	handovers handovers
}

func newEngine(l *Loop, config proactor.Config) (*Engine, error) {
	p, err := l.Loops.newProactor(config)
	if err != nil {
		return nil, err
	}
	e := &Engine{Proactor: p, loop: l, ended: make(chan struct{}), blocking: newBlockingSlots(config)}
	e.Waiters.init(func() *Waiter { return newWaiter(e) })
	e.Signals.init(func() chan struct{} { return make(chan struct{}) })
	hook.SetPulse(p, l.Loops.pulses.Of(l.number()))
	go e.run()
	e.waitUntilRunning()
	return e, nil
}

// System is what the descriptors of e's operations are of.
func (e *Engine) System() system.System { return e.loop.Loops.System }

// newProactor makes a proactor, on the system of s.
func (s *Loops) newProactor(config proactor.Config) (*proactor.Proactor, error) {
	if !s.Simulated {
		return proactor.New(config)
	}
	p, err := hook.NewOn(config, s.open, s.System)
	if err != nil {
		return nil, err
	}
	return p.(*proactor.Proactor), nil
}

// waitUntilRunning returns when the loop has begun, with all the goroutines that it
// will have: a leak detector may take stock of them next.
func (e *Engine) waitUntilRunning() {
	running := make(chan struct{})
	err := e.Proactor.NextTick(&e.refiller, func(*proactor.Completion, proactor.Result) { close(running) })
	if err == nil { // else it was idle for so short a time as it may be, and has ended
		<-running
	}
}

// run drives the proactor until it is closed, or has failed: then the calls under way
// have been told, and the next starts another engine.
func (e *Engine) run() {
	defer close(e.ended)
	err := e.Proactor.Run(context.Background()) // Close tells it, too
	e.stop()
	e.loop.Loops.Notify(proactor.Notice{Kind: proactor.NoticeEnded, Loop: e.loop.number(), Err: err})
	e.endBlocking()
}

// stop notes that e takes nothing any more.
func (e *Engine) stop() {
	e.finished.Store(true)
	e.stopped.Store(true)
}

// askRefill has the loop make records where they ran short: channels that are
// made there belong to no testing/synctest bubble of a caller.
func (e *Engine) askRefill() error {
	e.asking.Lock()
	defer e.asking.Unlock()
	if e.asked.Swap(true) {
		return nil // it is going to
	}
	err := e.Proactor.NextTick(&e.refiller, func(*proactor.Completion, proactor.Result) {
		e.asked.Store(false) // first: a goroutine that comes too late for this refill asks again
		e.Waiters.refill()
		e.Signals.refill()
	})
	if err != nil {
		e.asked.Store(false)
	}
	return err
}

// Take takes a record of e from s, and waits for one to be made if need be;
// false if the engine or ctx has ended.
func Take[T any](ctx context.Context, e *Engine, s *FreeList[T]) (record T, ok bool) {
	for {
		if record, ok = s.Take(); ok {
			return record, true
		}
		if !errors.Is(e.askRefill(), proactor.ErrQueueFull) {
			if record, ok = s.wait(e.Proactor.Done(), ctx.Done()); !ok && ctx.Err() == nil {
				e.stop()
			}
			return record, ok
		}
		s.stopWaiting()
		if e.Proactor.WaitForRoom(ctx) != nil {
			return record, false
		}
	}
}
