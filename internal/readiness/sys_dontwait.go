//go:build darwin || dragonfly || freebsd || openbsd || (linux && !kqueue)

package readiness

import "golang.org/x/sys/unix"

// sendDontWait keeps a send from blocking, but on macOS, where it does nothing.
const sendDontWait = unix.MSG_DONTWAIT
