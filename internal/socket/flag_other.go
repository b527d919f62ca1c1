//go:build !unix

package socket

import "syscall"

// No call is ever made there.
const (
	PollIn = 1 << iota
	PollOut
	DontWait = 0
)

// What Receive and Send never answer there.
const (
	ErrWouldBlock  = syscall.EAGAIN
	ErrInterrupted = syscall.EINTR
)

// IsDatagram is false.
func IsDatagram(int) bool { return false }
