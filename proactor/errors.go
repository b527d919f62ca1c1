package proactor

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"syscall"
)

var (
	// ErrClosed is the error of operations on a proactor that was closed. With errors.Is it is
	// net.ErrClosed and os.ErrClosed too.
	ErrClosed error = closedError("proactor closed")

	// ErrCanceled is the error of an operation that was stopped by a cancellation or by its
	// timeout. After a timeout it is os.ErrDeadlineExceeded too.
	ErrCanceled = errors.New("operation canceled")

	// ErrBackendFailed is the error of operations whose backend no longer works: the kernel
	// refuses it (a seccomp filter was installed later), or other code in the process closed
	// its descriptor. The error wraps the cause. The proactor closes itself, and later
	// submissions fail with an error that is ErrClosed as well.
	//
	// It is not known whether such an operation was carried out, and on io_uring the kernel may
	// continue it. The proactor keeps the memory lent to it alive for good; the caller must not
	// use that memory again.
	ErrBackendFailed = errors.New("backend failed")

	// ErrInUse is the error of submitting a Completion whose operation is still under way.
	ErrInUse = errors.New("completion is already submitted: wait for its callback or use another")

	// ErrQueueFull is the error of a submission beyond Config.MaxQueued.
	ErrQueueFull = errors.New("submission queue is full")

	// ErrRunning is the error of driving a proactor that another call drives.
	ErrRunning = errors.New("proactor is already being driven by another call of Run, RunFor, Tick or Close")

	// ErrNotFound is the result of a cancel whose target is not under way.
	ErrNotFound = errors.New("no such operation under way")

	// ErrAlreadyInProgress is the result of a cancel whose target is being carried out: the
	// target may or may not stop.
	ErrAlreadyInProgress = errors.New("operation is already being carried out")
)

var (
	errDescriptorClosed error = closedError("descriptor closed while the operation was under way")
	errTimeout          error = timeoutError{}
)

// An OpError says which operation failed, on what, and why. errors.Is sees
// through it to the cause: a syscall.Errno or one of the standard sentinels.
type OpError struct {
	Op     string // the system call's name, or what the proactor calls it
	FD     int    // the descriptor; negative where there is none
	Target string // address or path, where there is one
	Err    error
}

// Error is like "connect 127.0.0.1:3131 (descriptor 5): connection refused".
func (e *OpError) Error() string {
	s := e.Op
	if e.Target != "" {
		s += " " + e.Target
	}
	if e.FD >= 0 {
		s += " (descriptor " + strconv.Itoa(e.FD) + ")"
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *OpError) Unwrap() error { return e.Err }

// Timeout reports whether a timeout was the cause, as net.Error wants.
func (e *OpError) Timeout() bool {
	t, ok := e.Err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// Temporary is there because net.Error wants it; prefer errors.Is.
func (e *OpError) Temporary() bool {
	t, ok := e.Err.(interface{ Temporary() bool })
	return ok && t.Temporary()
}

// closedError is a closed thing, in its own words.
type closedError string

func (e closedError) Error() string { return string(e) }

func (e closedError) Is(target error) bool {
	return target == net.ErrClosed || target == fs.ErrClosed || target == ErrClosed
}

// timeoutError is the end of an operation whose time was up.
type timeoutError struct{}

func (timeoutError) Error() string   { return "i/o timeout" }
func (timeoutError) Timeout() bool   { return true }
func (timeoutError) Temporary() bool { return true }
func (timeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded || target == ErrCanceled
}

// endOf is why ctx ended: its cause, which errors.Is knows to be the context's error
// too.
func endOf(ctx context.Context) error {
	if cause := context.Cause(ctx); cause != ctx.Err() {
		return &contextEnd{cause, ctx.Err()}
	}
	return ctx.Err()
}

// contextEnd is the end of a context that has a cause of its own.
type contextEnd struct{ cause, err error }

func (e *contextEnd) Error() string        { return e.cause.Error() }
func (e *contextEnd) Unwrap() error        { return e.cause }
func (e *contextEnd) Is(target error) bool { return target == e.err }

// inputError is a bad argument, told in words before anything was done with it.
// It is os.ErrInvalid and the errno that the kernel would have answered.
type inputError struct {
	words string
	errno syscall.Errno
}

func (e *inputError) Error() string        { return e.words }
func (e *inputError) Is(target error) bool { return target == os.ErrInvalid || target == e.errno }

func invalid(words string) error { return &inputError{words, syscall.EINVAL} }

// A reason is why the proactor asked an operation to stop. The first one counts.
type reason uint8

const (
	reasonNone reason = iota
	reasonCanceled
	reasonTimedOut
	reasonDescriptorClosed
	reasonClosed
)

var reasonErrors = [...]error{
	reasonCanceled:         ErrCanceled,
	reasonTimedOut:         errTimeout,
	reasonDescriptorClosed: errDescriptorClosed,
	reasonClosed:           ErrClosed,
}

// unsupportedError is an operation that the backend here does not have.
type unsupportedError string

func errUnsupported(backend string) error { return unsupportedError(backend) }

func (e unsupportedError) Error() string {
	return string(e) + " on this system does not support the operation"
}

func (e unsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }
