//go:build dragonfly || freebsd || netbsd || openbsd

package readiness

import "golang.org/x/sys/unix"

const msgNoSignal = unix.MSG_NOSIGNAL

func noSignal(int) {}

func wantsNonblock(flags int) bool { return flags&unix.SOCK_NONBLOCK != 0 }
