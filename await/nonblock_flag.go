//go:build linux || freebsd || netbsd || openbsd || dragonfly

package await

import "golang.org/x/sys/unix"

// sockNonblock makes accept(2) put a connection into non-blocking mode.
const sockNonblock = unix.SOCK_NONBLOCK

// acceptCall is the system call that package net names in errors.
const acceptCall = "accept4"
