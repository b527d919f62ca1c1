//go:build linux

package ring

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// RegisterBuffers pins buffers for PrepReadFixed and PrepWriteFixed, which
// name them by index. The memory stays pinned, and must stay reachable, until
// UnregisterBuffers or until the kernel has torn the ring down after Close.
func (r *Ring) RegisterBuffers(iovs []unix.Iovec) error {
	if r.closed.Load() {
		return ErrClosed
	}
	return registerError("buffers", sysRegisterBuffers(r.fd, iovs))
}

// UnregisterBuffers undoes RegisterBuffers.
func (r *Ring) UnregisterBuffers() error {
	if r.closed.Load() {
		return ErrClosed
	}
	return registerError("no buffers", sysUnregisterBuffers(r.fd))
}

func registerError(what string, errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return fmt.Errorf("io_uring_register: %s: %w", what, errno)
}
