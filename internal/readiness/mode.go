//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"sync"

	"golang.org/x/sys/unix"
)

// modes is held while a system call relies on the mode of a descriptor. Descriptors of
// one socket share their mode, and several loops may have them: none may put the mode
// back while another's system call is about to rely on it.
var modes sync.RWMutex

// withoutBlocking runs op with fd in non-blocking mode, and puts back the mode it was
// in: the descriptor is the caller's, and a child process may use the same socket. It
// reports whether that was non-blocking. Where it is idle there is nothing for op to
// do yet, and the mode is left alone.
func withoutBlocking(fd int, idle func(fd int) bool, op func() error) (was bool, err error) {
	was, err = ifNonblock(fd, op)
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

// ifNonblock runs op if fd is in non-blocking mode, and reports whether it is.
func ifNonblock(fd int, op func() error) (is bool, err error) {
	modes.RLock()
	defer modes.RUnlock()
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_NONBLOCK == 0 {
		return false, err
	}
	return true, op()
}

// neverIdle is for what need not wait to begin.
func neverIdle(int) bool { return false }

// acceptsNothing reports whether fd listens, and no connection is there.
func acceptsNothing(fd int) bool {
	if _, err := pollNow(fd, unix.POLLIN); err != unix.EAGAIN {
		return false
	}
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	return err == nil && listens != 0
}
