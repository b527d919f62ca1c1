//go:build linux

package ring

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// ErrClosed is returned by a Ring after Close. It satisfies errors.Is for
// net.ErrClosed and os.ErrClosed.
var ErrClosed error = closedError{}

type closedError struct{}

func (closedError) Error() string { return "io_uring: ring is closed" }

func (closedError) Is(target error) bool {
	return target == net.ErrClosed || target == os.ErrClosed
}

// enterError says which call failed, and what EBADR means there.
func enterError(errno unix.Errno) error {
	if errno == unix.EBADR {
		// io_uring_enter(2): the kernel had no memory to keep an overflowed
		// result, and one operation at least will never be heard of again.
		return fmt.Errorf("io_uring_enter: the kernel dropped results: %w", errno)
	}
	return fmt.Errorf("io_uring_enter: %w", errno)
}

// failed is enterError, and notes what it says of the descriptor.
func (r *Ring) failed(errno unix.Errno) error {
	if errno == unix.EBADF || errno == unix.EOPNOTSUPP { // closed by something else, or another file by now
		r.astray = true
	}
	return enterError(errno)
}

// firstError returns the first error that is not nil. Unlike errors.Join it
// adds no line to the message.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// SetupError says why a ring could not be made, with the likely cause.
//
// errors.Is finds the errno in it, and errors.ErrUnsupported when io_uring is
// missing or forbidden here and another backend should be tried.
type SetupError struct {
	Call  string // the step that failed, "io_uring_setup"
	Errno unix.Errno
	Cause string // the likely cause, or ""
}

func (e *SetupError) Error() string {
	if e.Cause == "" {
		return e.Call + ": " + e.Errno.Error()
	}
	return e.Call + ": " + e.Errno.Error() + ": " + e.Cause
}

func (e *SetupError) Unwrap() error { return e.Errno }

// Is adds EPERM and EACCES to what is unsupported: a sandbox that forbids the
// call is, for us, a kernel that does not have it.
func (e *SetupError) Is(target error) bool {
	if target != errors.ErrUnsupported {
		return false
	}
	return e.Errno == unix.ENOSYS || e.Errno == unix.EPERM || e.Errno == unix.EACCES
}
