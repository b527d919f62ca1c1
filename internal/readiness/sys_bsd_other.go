//go:build dragonfly || freebsd || netbsd || openbsd

package readiness

import "golang.org/x/sys/unix"

func wantsNonblock(flags int) bool { return flags&unix.SOCK_NONBLOCK != 0 }
