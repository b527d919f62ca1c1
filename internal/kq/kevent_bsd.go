//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package kq

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// A Kevent is a change to make or an event that came. The types of its fields
// differ from system to system: use setKevent to fill one in, and int() to
// compare what is in it.
type Kevent = unix.Kevent_t

const (
	EVFILT_READ  = unix.EVFILT_READ
	EVFILT_WRITE = unix.EVFILT_WRITE

	EV_ADD     = unix.EV_ADD
	EV_DELETE  = unix.EV_DELETE
	EV_ONESHOT = unix.EV_ONESHOT
	EV_CLEAR   = unix.EV_CLEAR
	EV_EOF     = unix.EV_EOF
	EV_ERROR   = unix.EV_ERROR
)

func setKevent(k *Kevent, ident, filter, flags int) {
	unix.SetKevent(k, ident, filter, flags)
}

// sysKqueue makes a kqueue that no child inherits. The lock keeps a fork from
// coming between the two calls.
func sysKqueue() (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	kq, err := unix.Kqueue()
	if err == nil {
		unix.CloseOnExec(kq)
	}
	return kq, err
}

func sysKevent(kq int, changes, events []Kevent, timeout *unix.Timespec) (int, error) {
	return unix.Kevent(kq, changes, events, timeout)
}

func sysClose(kq int) error { return unix.Close(kq) }
