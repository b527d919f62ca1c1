//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package socket

import (
	"sync"

	"golang.org/x/sys/unix"
)

// modes is held while a system call relies on the mode of a descriptor. Descriptors of
// one socket share their mode, and several loops may have them: none may put the mode
// back while another's system call is about to rely on it.
var modes sync.RWMutex

// WithoutBlocking runs op with fd in non-blocking mode, and puts back the mode it was
// in: the descriptor is the caller's, and a child process may use the same socket. It
// reports whether that was non-blocking. Where it is idle there is nothing for op to
// do yet, and the mode is left alone.
func WithoutBlocking(fd int, idle func(fd int) bool, op func() error) (was bool, err error) {
	was, err = IfNonblock(fd, op)
	if was || err != nil {
		return was, err
	}
	if idle(fd) {
		return false, unix.EAGAIN
	}
	modes.Lock()
	defer modes.Unlock()
	if err := unix.SetNonblock(fd, true); err != nil {
		return false, err
	}
	err = op()
	_ = unix.SetNonblock(fd, false) // it worked the other way round a moment ago
	return false, err
}

// IfNonblock runs op if fd is in non-blocking mode, and reports whether it is.
func IfNonblock(fd int, op func() error) (is bool, err error) {
	modes.RLock()
	defer modes.RUnlock()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK == 0 {
		return false, err
	}
	return true, op()
}
