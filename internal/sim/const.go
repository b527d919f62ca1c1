//go:build unix

package sim

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

const (
	kindMask = 0xf // of a socket's type, without SOCK_* bits

	// Linux only, and the same everywhere there.
	atEmptyPath     = 0x1000
	statxBasicStats = 0x7ff
	statxBtime      = 0x800
)

// dontWait reports whether f's caller wants EAGAIN in place of a wait.
func (f *flight) dontWait() bool { return f.isMessage() && f.req.Flags&unix.MSG_DONTWAIT != 0 }

// whole reports whether a receive goes on until its buffer is full.
func (f *flight) whole() bool { return f.isMessage() && f.req.Flags&unix.MSG_WAITALL != 0 }

// peeks reports whether a receive leaves what it gets where it is.
func (f *flight) peeks() bool { return f.isMessage() && f.req.Flags&unix.MSG_PEEK != 0 }

// isMessage reports whether Flags are MSG_* flags.
func (f *flight) isMessage() bool {
	switch f.req.Op {
	case backend.OpRecv, backend.OpSend, backend.OpRecvMsg, backend.OpSendMsg:
		return true
	}
	return false
}

const (
	pollIn  = unix.POLLIN
	pollOut = unix.POLLOUT
	pollErr = unix.POLLERR
	pollHup = unix.POLLHUP

	msgTrunc = syscall.MSG_TRUNC
)
