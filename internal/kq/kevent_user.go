//go:build darwin || dragonfly || freebsd

package kq

import "golang.org/x/sys/unix"

const (
	EVFILT_USER  = unix.EVFILT_USER
	NOTE_TRIGGER = unix.NOTE_TRIGGER
)
