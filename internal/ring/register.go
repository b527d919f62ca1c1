//go:build linux

package ring

import (
	"fmt"
	"sync/atomic"

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

// RegisterEventfd has the kernel write to the eventfd fd when results arrive. The
// ring keeps what is behind the descriptor.
func (r *Ring) RegisterEventfd(fd int) error {
	if r.closed.Load() {
		return ErrClosed
	}
	return registerError("eventfd", sysRegisterEventfd(r.fd, fd))
}

// Mute has the kernel leave the eventfd alone, or not. Results that arrive while
// it is muted are not told of later: look for them after it is lifted. Before
// Linux 5.12 it does nothing.
func (r *Ring) Mute(on bool) {
	if r.cq.kflags == nil || r.closed.Load() {
		return
	}
	var flags uint32
	if on {
		flags = IORING_CQ_EVENTFD_DISABLED
	}
	atomic.StoreUint32(r.cq.kflags, flags)
}

func registerError(what string, errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return fmt.Errorf("io_uring_register: %s: %w", what, errno)
}
