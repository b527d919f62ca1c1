//go:build linux

package ring

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

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

// host is what this machine allows, as far as a failed setup depends on it.
type host struct {
	disabled string // contents of /proc/sys/kernel/io_uring_disabled, or ""
	memlock  uint64 // RLIMIT_MEMLOCK, bytes
	nofile   uint64 // RLIMIT_NOFILE
}

// lookAround reads the host. What cannot be read stays zero: a missing
// /proc must not replace the error that is being explained.
func lookAround() host {
	var h host
	if b, err := os.ReadFile("/proc/sys/kernel/io_uring_disabled"); err == nil {
		h.disabled = strings.TrimSpace(string(b))
	}
	h.memlock = limitOf(unix.RLIMIT_MEMLOCK)
	h.nofile = limitOf(unix.RLIMIT_NOFILE)
	return h
}

func limitOf(resource int) uint64 {
	var l unix.Rlimit
	if unix.Getrlimit(resource, &l) != nil {
		return 0
	}
	return l.Cur
}

// likelyCause explains an errno of io_uring_setup(2) or of mapping the ring.
func likelyCause(errno unix.Errno, h host) string {
	switch errno {
	case unix.ENOSYS:
		return "the kernel is older than 5.1, or a seccomp filter (a container's profile) hides io_uring"
	case unix.EPERM:
		return forbidden(h)
	case unix.EACCES:
		return "a security policy (SELinux, AppArmor or a seccomp filter) forbids io_uring"
	case unix.ENOMEM:
		return "out of memory, or over the locked memory limit: RLIMIT_MEMLOCK is " + size(h.memlock) +
			", and the kernel charges rings to it where the process has no CAP_IPC_LOCK, all of a user's together"
	case unix.EMFILE:
		return fmt.Sprintf("the process has all the descriptors it may have: RLIMIT_NOFILE is %d", h.nofile)
	case unix.ENFILE:
		return "the system has all the descriptors it may have: see fs.file-max"
	}
	return ""
}

// forbidden explains EPERM: sysctl kernel.io_uring_disabled is 0 for everyone
// may, 1 for the privileged and the group kernel.io_uring_group, 2 for no one.
func forbidden(h host) string {
	switch h.disabled {
	case "1":
		return "kernel.io_uring_disabled=1 allows it only with CAP_SYS_ADMIN or in the group of kernel.io_uring_group"
	case "2":
		return "kernel.io_uring_disabled=2 forbids it to everyone"
	}
	return "a seccomp filter (a container's profile) forbids io_uring"
}

func size(bytes uint64) string {
	if bytes == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return strconv.FormatUint(bytes, 10) + " bytes"
}

// setupError wraps what stopped Open; err is or wraps an errno.
func setupError(call string, err error) error {
	var errno unix.Errno
	if !errors.As(err, &errno) {
		return fmt.Errorf("%s: %w", call, err)
	}
	return &SetupError{Call: call, Errno: errno, Cause: likelyCause(errno, lookAround())}
}
