package fdcall

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A Loop is one of the loops of an IO: an engine, which may end when it is idle, and
// the next one.
type Loop struct {
	Loops   *Loops
	config  proactor.Config
	current atomic.Pointer[Engine]
	mu      sync.Mutex
	closed  atomic.Bool // set under mu

	// What callers write, away from what they read for each call.
	_         [64]byte
	diskCalls atomic.Int32 // under way on files of disks that have this loop's number
	outside   outsides
	directs   directs
	_         [64]byte
}

// close ends the engine.
func (l *Loop) close() error {
	l.mu.Lock()
	e := l.current.Load()
	l.closed.Store(!l.Loops.reopens)
	l.mu.Unlock()
	defer l.Loops.diskCalls.wait()
	if e == nil {
		return nil
	}
	return e.close()
}

// batching reports whether there are other loops, and operations of this one end several
// at a time.
func (l *Loop) batching() bool {
	return len(l.Loops.all) > 1 && l.batches()
}

// batches reports whether operations end several at a time.
func (l *Loop) batches() bool {
	e := l.current.Load()
	return e != nil && hook.Batching(e.Proactor)
}

// idle reports whether the proactor has nothing under way.
func (l *Loop) idle() bool {
	e := l.current.Load()
	return e == nil || hook.Idle(e.Proactor)
}

func (l *Loop) settle() {
	if e := l.current.Load(); e != nil {
		hook.Settle(e.Proactor)
	}
}

// running returns the engine that takes submissions, or nil.
func (l *Loop) running() *Engine {
	if e := l.current.Load(); e != nil && !e.stopped.Load() {
		return e
	}
	return nil
}

// isClosed reports whether Close has ended l for good, or Shutdown is about to.
func (l *Loop) isClosed() bool {
	return l.running() == nil && (l.closed.Load() || l.Loops.refusing.Load())
}

// Engine returns the running engine, or starts one.
func (l *Loop) Engine() (*Engine, error) {
	if e := l.running(); e != nil {
		return e, nil
	}
	return l.startEngine()
}

// startEngine is Engine when none is running. It is a function of its own for its frame,
// which is larger than the frames of the rest of a call.
func (l *Loop) startEngine() (*Engine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() || l.Loops.refusing.Load() {
		return nil, proactor.ErrClosed
	}
	if e := l.running(); e != nil {
		return e, nil
	}
	return l.replaceEngine()
}

// replaceEngine starts an engine. The lock is held.
func (l *Loop) replaceEngine() (*Engine, error) {
	e, err := l.newEngine()
	if err != nil {
		return nil, err
	}
	e.stopped.Store(l.Loops.refusing.Load())
	l.Loops.history.replace(l, e)
	l.Loops.startMonitor()
	return e, nil
}

// number is l's place among the loops.
func (l *Loop) number() int { return slices.Index(l.Loops.loops(), l) }

// newEngine is an engine of l's own. All engines of a set, the later ones too, are on the
// backend of the first one: a listening socket is made for one backend.
//
// If the engine cannot start, for want of descriptors, the first loop's engine serves in
// its place until that engine ends, when it has nothing under way.
func (l *Loop) newEngine() (*Engine, error) {
	set, config := l.Loops, l.config
	if chosen := set.backend.Load(); chosen != nil {
		config.Backend = chosen.Backend
	}
	e, err := newEngine(l, config)
	if err != nil && config.Backend != l.config.Backend && l == set.First() {
		e, err = newEngine(l, l.config) // it ran before, and is forbidden now
		set.backend.Store(nil)
	}
	switch {
	case err == nil:
		chosen := e.Proactor.Choice()
		if set.backend.CompareAndSwap(nil, &chosen) && chosen.FellBack() {
			set.Notify(proactor.Notice{Kind: proactor.NoticeFellBack, Loop: l.number(), Err: e.Proactor.BackendsPassed()})
		}
		set.Notify(proactor.Notice{Kind: proactor.NoticeStarted, Loop: l.number()})
	case l != set.First():
		return set.First().Engine()
	}
	return e, err
}
