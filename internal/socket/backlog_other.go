//go:build unix && !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package socket

import "golang.org/x/sys/unix"

func maxBacklog() int { return unix.SOMAXCONN }
