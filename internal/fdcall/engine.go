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
	loop     *Loop         // that it was made for
	ended    chan struct{} // closed when the goroutine has returned
	stopped  atomic.Bool   // no new calls; calls that Shutdown waits for go on
	finished atomic.Bool   // no submissions at all
	folded   bool          // its counts are in the history; guarded by the history's lock

	Waiters FreeList[*Waiter]
	Signals FreeList[chan struct{}]

	blocking *FairLock // slots of calls that block their caller's thread

	asking   sync.Mutex // one goroutine asks for a refill at a time
	asked    atomic.Bool
	refiller proactor.Completion

	_         [64]byte // callers read the fields above, so the next one has another cache line
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

// System is the system that the descriptors of e's operations belong to.
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

// waitUntilRunning returns when the loop has begun and has started all its goroutines, so that a leak
// detector finds none later.
func (e *Engine) waitUntilRunning() {
	running := make(chan struct{})
	err := e.Proactor.NextTick(&e.refiller, func(*proactor.Completion, proactor.Result) { close(running) })
	if err == nil { // otherwise it has ended already, because its IdleTimeout is very short
		<-running
	}
}

// run drives the proactor until it is closed or has failed. Then all calls under way have their results,
// and the next call starts another engine.
func (e *Engine) run() {
	defer close(e.ended)
	err := e.Proactor.Run(context.Background()) // Close returns the error too
	e.stop()
	e.loop.Loops.Notify(proactor.Notice{Kind: proactor.NoticeEnded, Loop: e.loop.number(), Err: err})
	e.endBlocking()
}

// stop records that e takes no submissions any more.
func (e *Engine) stop() {
	e.finished.Store(true)
	e.stopped.Store(true)
}

// askRefill has the loop make records where they ran short. A channel made by the loop does not belong
// to the testing/synctest bubble of a caller.
func (e *Engine) askRefill() error {
	e.asking.Lock()
	defer e.asking.Unlock()
	if e.asked.Swap(true) {
		return nil // a refill is under way
	}
	err := e.Proactor.NextTick(&e.refiller, func(*proactor.Completion, proactor.Result) {
		e.asked.Store(false) // before the refill: a goroutine that is too late for it asks again
		e.Waiters.refill()
		e.Signals.refill()
	})
	if err != nil {
		e.asked.Store(false)
	}
	return err
}

// Take takes a record of e from s. If there is none, it waits until the loop has made one. It returns
// false if the engine or ctx has ended.
func Take[T any](ctx context.Context, e *Engine, s *FreeList[T]) (record T, ok bool) {
	ended := ctx.Done() // before the caller is one that waits: a context may panic
	for {
		if record, ok = s.Take(); ok {
			return record, true
		}
		if !errors.Is(e.askRefill(), proactor.ErrQueueFull) {
			if record, ok = s.wait(e.Proactor.Done(), ended); !ok && ctx.Err() == nil {
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
