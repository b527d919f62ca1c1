package await

import (
	"context"
	"errors"
	"os"

	"github.com/awaitio/awaitio/proactor"
)

var errNilContext = nilContextError{}

type nilContextError struct{}

func (nilContextError) Error() string        { return "nil context" }
func (nilContextError) Is(target error) bool { return target == os.ErrInvalid }

// A canceledError is the end of a call whose context ended: the context's cause,
// and proactor.ErrCanceled besides.
type canceledError struct{ cause error }

func endOf(ctx context.Context) error { return &canceledError{context.Cause(ctx)} }

func (e *canceledError) Error() string        { return e.cause.Error() }
func (e *canceledError) Unwrap() error        { return e.cause }
func (e *canceledError) Is(target error) bool { return target == proactor.ErrCanceled }

func (e *canceledError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.cause, &t) && t.Timeout()
}

func (e *canceledError) Temporary() bool { return e.Timeout() }

// sleepCall is what errors call a Sleep.
const sleepCall = "sleep"

// ofSleep has an error of the proactor's timeout, which is no timeout's, say sleep.
func ofSleep(err error) error {
	failed, ok := err.(*proactor.OpError)
	if !ok {
		return err
	}
	told := *failed // the proactor may use one error for several operations
	told.Op = sleepCall
	return &told
}

// withCause says that ctx is why an operation was cancelled, if it was.
func withCause(r proactor.Result, ctx context.Context) proactor.Result {
	if r.Err == nil {
		return r
	}
	return canceledFor(r, context.Cause(ctx))
}

func canceledFor(r proactor.Result, cause error) proactor.Result {
	var failed *proactor.OpError
	if errors.As(r.Err, &failed) && failed.Err == proactor.ErrCanceled {
		told := *failed // the proactor may use one error for several operations
		told.Err = &canceledError{cause}
		r.Err = &told
	}
	return r
}
