package await

import (
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// An ioLoop is one of the loops of an IO: an engine, which may end when it is idle, and
// the next one.
type ioLoop struct {
	set     *loopSet
	config  proactor.Config
	current atomic.Pointer[engine]
	mu      sync.Mutex
	closed  atomic.Bool // set under mu
}

// close ends the engine.
func (l *ioLoop) close() error {
	l.mu.Lock()
	e := l.current.Load()
	l.closed.Store(!l.set.reopens)
	l.mu.Unlock()
	defer l.set.transfers.wait()
	if e == nil {
		return nil
	}
	err := e.p.Close()
	<-e.ended
	return err
}

// crowded reports whether there are other loops, and operations of this one end several
// at a time.
func (l *ioLoop) crowded() bool {
	if len(l.set.all) == 1 {
		return false
	}
	e := l.current.Load()
	return e != nil && hook.Batching(e.p)
}

// calm reports whether the proactor has nothing under way.
func (l *ioLoop) calm() bool {
	e := l.current.Load()
	return e == nil || hook.Idle(e.p)
}

func (l *ioLoop) settle() {
	if e := l.current.Load(); e != nil {
		hook.Settle(e.p)
	}
}

// running returns the engine that takes submissions, or nil.
func (l *ioLoop) running() *engine {
	if e := l.current.Load(); e != nil && !e.over.Load() {
		return e
	}
	return nil
}

// isClosed reports whether Close has ended l for good.
func (l *ioLoop) isClosed() bool { return l.running() == nil && l.closed.Load() }

// engine returns the running engine, or starts one.
func (l *ioLoop) engine() (*engine, error) {
	if e := l.running(); e != nil {
		return e, nil
	}
	return l.startEngine()
}

// startEngine is engine where none is running. It is apart for its frame, which is
// larger than those of the rest of a call.
func (l *ioLoop) startEngine() (*engine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		return nil, proactor.ErrClosed
	}
	if e := l.running(); e != nil {
		return e, nil
	}
	e, err := l.newEngine()
	if err != nil {
		return nil, err
	}
	l.set.history.replace(l, e)
	return e, nil
}

// newEngine is an engine of l's own. All of a set, the later ones too, are on the
// backend of the first of them: a listening socket is made for one.
//
// Where the engine cannot be had, as where the process has all the descriptors it may
// have, the first loop's serves in its place. It does until it ends, and then has
// nothing under way: no descriptor's operations are with two.
func (l *ioLoop) newEngine() (*engine, error) {
	set, config := l.set, l.config
	if chosen := set.backend.Load(); chosen != nil {
		config.Backend = chosen.name
	}
	e, err := newEngine(config)
	if err != nil && config.Backend != l.config.Backend && l == set.first() {
		e, err = newEngine(l.config) // it ran before, and is forbidden now
		set.backend.Store(nil)
	}
	switch {
	case err == nil:
		set.backend.CompareAndSwap(nil, &choice{e.p.Backend(), e.p.BackendsPassed()})
	case l != set.first():
		return set.first().engine()
	}
	return e, err
}
