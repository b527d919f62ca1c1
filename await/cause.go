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

// A canceledError is the end of a call whose context ended: the context's cause, and
// to errors.Is also the context's error and proactor.ErrCanceled.
type canceledError struct {
	cause error
	err   error // ctx.Err(); nil where no context ended
}

func endOf(ctx context.Context) error { return newCanceled(ctx) }

func newCanceled(ctx context.Context) *canceledError {
	return &canceledError{context.Cause(ctx), ctx.Err()}
}

func (e *canceledError) Error() string { return e.cause.Error() }
func (e *canceledError) Unwrap() error { return e.cause }

func (e *canceledError) Is(target error) bool {
	return target == proactor.ErrCanceled || target == e.err
}

// Timeout reports whether time was up, also where the cause says something else.
func (e *canceledError) Timeout() bool {
	var t interface{ Timeout() bool }
	return e.err == context.DeadlineExceeded || errors.As(e.cause, &t) && t.Timeout()
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
	if failed, ok := wasCanceled(r); ok {
		r.Err = endedBy(failed, newCanceled(ctx))
	}
	return r
}

// wasCanceled reports whether an operation was cancelled, and gives its error.
func wasCanceled(r proactor.Result) (failed *proactor.OpError, ok bool) {
	ok = errors.As(r.Err, &failed) && failed.Err == proactor.ErrCanceled
	return failed, ok
}

// endedBy is failed with end as its cause.
func endedBy(failed *proactor.OpError, end *canceledError) error {
	told := *failed // the proactor may use one error for several operations
	told.Err = end
	return &told
}
