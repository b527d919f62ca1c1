package fdcall

import (
	"context"
	"sync/atomic"

	"github.com/awaitio/awaitio/proactor"
)

// A Shutdown refuses calls that begin after it, and waits for calls that have begun. A call of several
// operations, such as a dial, a copy or a write of many bytes, may have nothing under way between two
// of them. So it is counted from Admit to EndAdmitted. Its operations are made with a context, Admitted,
// that says that they belong to a call that was admitted.

// admissions counts such calls. It has a cache line of its own.
type admissions struct {
	_     [64]byte
	calls atomic.Int64
	_     [64]byte
}

// Admit counts a call of several operations. Unless it returns an error, EndAdmitted must follow. It
// counts before it checks whether to refuse the call: Shutdown refuses first, and then looks at the
// count.
func (s *Loops) Admit(ctx context.Context) error {
	if ctx == nil {
		return ErrNilContext
	}
	s.admitted.calls.Add(1)
	refused := true
	defer func() {
		if refused { // also where the context panics
			s.EndAdmitted()
		}
	}()
	if refused = s.refuses(ctx); refused {
		return proactor.ErrClosed
	}
	return nil
}

// EndAdmitted ends a call that Admit has counted.
func (s *Loops) EndAdmitted() { s.admitted.calls.Add(-1) }

// Admitted returns the context for the operations of a call that Admit has counted.
func Admitted(ctx context.Context) context.Context {
	switch {
	case ctx == context.Background():
		return admittedBackground
	case wasAdmitted(ctx):
		return ctx
	}
	return &admittedContext{ctx}
}

var admittedBackground context.Context = &admittedContext{context.Background()}

type admittedContext struct{ context.Context }

type admittedKey struct{}

// Value is that of the context, except for the key by which wasAdmitted recognises it.
func (c *admittedContext) Value(key any) any {
	if _, ok := key.(admittedKey); ok {
		return c
	}
	return c.Context.Value(key)
}

func wasAdmitted(ctx context.Context) bool { return ctx != nil && ctx.Value(admittedKey{}) != nil }

// refuses reports whether a call with ctx must not begin or go on.
func (s *Loops) refuses(ctx context.Context) bool {
	return !s.reopens && (isClosed(s.ending()) || s.refusing.Load() && !wasAdmitted(ctx))
}

// engineFor is Engine for an operation with ctx. The rare case is a function of its own, for its frame.
func (l *Loop) engineFor(ctx context.Context) (*Engine, error) {
	if e := l.running(); e != nil {
		return e, nil
	}
	return l.engineIfAdmitted(ctx)
}

//go:noinline
func (l *Loop) engineIfAdmitted(ctx context.Context) (*Engine, error) {
	e, err := l.startEngine()
	if err == nil || l.Loops.refuses(ctx) {
		return e, err
	}
	return l.engineToGoOn()
}

// engineToGoOn returns the engine for a call that a Shutdown waits for. If the loop's engine has ended
// because it was idle, it starts one that takes no other calls.
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
