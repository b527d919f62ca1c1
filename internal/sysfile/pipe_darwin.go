package sysfile

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// PipeCall is the system call that Pipe makes.
const PipeCall = "pipe"

// Pipe makes a pipe whose ends are close-on-exec and in blocking mode.
func Pipe() (ends [2]int, err error) {
	syscall.ForkLock.RLock() // a child begins with all of this or with none
	defer syscall.ForkLock.RUnlock()
	if err := unix.Pipe(ends[:]); err != nil {
		return ends, err
	}
	unix.CloseOnExec(ends[0])
	unix.CloseOnExec(ends[1])
	return ends, nil
}
