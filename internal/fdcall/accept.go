package fdcall

import (
	"context"
	"sync/atomic"

	"github.com/awaitio/awaitio/proactor"
)

// A Shutdown refuses the calls that begin after it, and waits for those that have begun. A call that
// may take several operations, as a dial, a copy or a write of many bytes, has nothing under way
// between two of them. So it is counted from Accept to EndAccepted, and its later operations are made
// with a context that says that they are no calls of their own: Accepted.

// acceptances count such calls. They have a cache line of their own.
type acceptances struct {
	_     [64]byte
	calls atomic.Int64
	_     [64]byte
}

// Accept counts a call, unless it is refused. EndAccepted is to follow then. The call is counted before
// it is seen whether it is refused: Shutdown looks in the opposite order.
func (s *Loops) Accept(ctx context.Context) error {
	if ctx == nil {
		return ErrNilContext
	}
	s.accepted.calls.Add(1)
	if s.refuses(ctx) {
		s.EndAccepted()
		return proactor.ErrClosed
	}
	return nil
}

// EndAccepted ends what Accept began.
func (s *Loops) EndAccepted() { s.accepted.calls.Add(-1) }

// Accepted is ctx for the operations of a call that Accept has counted.
func Accepted(ctx context.Context) context.Context {
	switch {
	case ctx == context.Background():
		return acceptedBackground
	case wasAccepted(ctx):
		return ctx
	}
	return &acceptedContext{ctx}
}

var acceptedBackground context.Context = &acceptedContext{context.Background()}

type acceptedContext struct{ context.Context }

type acceptedKey struct{}

// Value is that of the context, but for the key by which wasAccepted finds it.
func (c *acceptedContext) Value(key any) any {
	if _, ok := key.(acceptedKey); ok {
		return c
	}
	return c.Context.Value(key)
}

func wasAccepted(ctx context.Context) bool { return ctx != nil && ctx.Value(acceptedKey{}) != nil }

// refuses reports whether no call may begin with ctx, or go on.
func (s *Loops) refuses(ctx context.Context) bool {
	return !s.reopens && (isClosed(s.ending()) || s.refusing.Load() && !wasAccepted(ctx))
}

// engineFor is Engine for an operation with ctx. What most do without has a frame of its own.
func (l *Loop) engineFor(ctx context.Context) (*Engine, error) {
	if e := l.running(); e != nil {
		return e, nil
	}
	return l.engineIfAccepted(ctx)
}

//go:noinline
func (l *Loop) engineIfAccepted(ctx context.Context) (*Engine, error) {
	e, err := l.startEngine()
	if err == nil || l.Loops.refuses(ctx) {
		return e, err
	}
	return l.engineToGoOn()
}

// engineToGoOn is the engine for a call that a Shutdown waits for. A loop that was idle may need another
// one, which takes no other calls.
func (l *Loop) engineToGoOn() (*Engine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed.Load() {
		return nil, proactor.ErrClosed
	}
	if e := l.current.Load(); e != nil && !e.finished.Load() {
		return e, nil
	}
	return l.replaceEngine()
}
