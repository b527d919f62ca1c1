package fdcall

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/awaitio/awaitio/proactor"
)

var ErrNilContext = nilContextError{}

type nilContextError struct{}

func (nilContextError) Error() string        { return "nil context" }
func (nilContextError) Is(target error) bool { return target == os.ErrInvalid }

// A CanceledError is the end of a call whose context ended: the context's cause, and
// to errors.Is also the context's error and proactor.ErrCanceled.
type CanceledError struct {
	Cause error
	Err   error // ctx.Err(); nil where no context ended
}

func EndOf(ctx context.Context) error { return NewCanceled(ctx) }

// NewCanceled is the end of ctx. It is asked for while calls have places and memory to give back, and on
// goroutines of the library. So where a method of ctx panics, that is the cause.
func NewCanceled(ctx context.Context) (e *CanceledError) {
	e = &CanceledError{Err: context.Canceled}
	defer func() {
		if p := recover(); p != nil {
			e.Cause = fmt.Errorf("panic of the context: %v", p)
		}
	}()
	e.Err = ctx.Err()
	e.Cause = context.Cause(ctx)
	return e
}

func (e *CanceledError) Error() string { return e.Cause.Error() }
func (e *CanceledError) Unwrap() error { return e.Cause }

func (e *CanceledError) Is(target error) bool {
	return target == proactor.ErrCanceled || target == e.Err
}

// Timeout reports whether time was up, also where the cause says something else.
func (e *CanceledError) Timeout() bool {
	return e.Err == context.DeadlineExceeded || isTimeout(e.Cause)
}

// isTimeout reports whether err says of itself that time was up.
func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

func (e *CanceledError) Temporary() bool { return e.Timeout() }

// SleepName is what errors call a Sleep.
const SleepName = "sleep"

// NameSleep has an error of the proactor's timeout, which is no timeout's, say sleep.
func NameSleep(err error) error {
	failed, ok := err.(*proactor.OpError)
	if !ok {
		return err
	}
	renamed := *failed // the proactor may use one error for several operations
	renamed.Op = SleepName
	return &renamed
}

// withCause makes the end of ctx the error of an operation that was cancelled.
func withCause(r proactor.Result, ctx context.Context) proactor.Result {
	if r.Err == nil {
		return r
	}
	if failed, ok := WasCanceled(r); ok {
		r.Err = EndedBy(failed, NewCanceled(ctx))
	}
	return r
}

// WasCanceled reports whether an operation was cancelled, and gives its error.
func WasCanceled(r proactor.Result) (failed *proactor.OpError, ok bool) {
	ok = errors.As(r.Err, &failed) && failed.Err == proactor.ErrCanceled
	return failed, ok
}

// EndedBy is failed with end as its cause.
func EndedBy(failed *proactor.OpError, end *CanceledError) error {
	caused := *failed // the proactor may use one error for several operations
	caused.Err = end
	return &caused
}
