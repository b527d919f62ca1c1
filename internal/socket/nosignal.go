//go:build dragonfly || freebsd || linux || netbsd || openbsd

package socket

import "golang.org/x/sys/unix"

// NoSignal has a send to nobody fail without SIGPIPE.
const NoSignal = unix.MSG_NOSIGNAL

// DisableSignal is for systems where NoSignal is not enough.
func DisableSignal(int) {}
