//go:build linux || freebsd || netbsd || openbsd || dragonfly

package socket

import "golang.org/x/sys/unix"

// AcceptNonblock makes accept(2) put a connection into non-blocking mode.
const AcceptNonblock = unix.SOCK_NONBLOCK

// AcceptCall is the system call that package net names in errors.
const AcceptCall = "accept4"
