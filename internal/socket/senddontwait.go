//go:build darwin || dragonfly || freebsd || openbsd || (linux && !kqueue)

package socket

import "golang.org/x/sys/unix"

// SendDontWait keeps a send from blocking, but on macOS, where it does nothing.
const SendDontWait = unix.MSG_DONTWAIT
