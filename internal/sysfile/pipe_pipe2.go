//go:build unix && !darwin

package sysfile

import "golang.org/x/sys/unix"

// PipeCall is the system call that Pipe makes.
const PipeCall = "pipe2"

// Pipe makes a pipe whose ends are close-on-exec and in blocking mode.
func Pipe() (ends [2]int, err error) {
	err = unix.Pipe2(ends[:], unix.O_CLOEXEC)
	return ends, err
}
