//go:build unix

package proactor

import "golang.org/x/sys/unix"

// AtCWD in place of a directory's descriptor means the working directory.
const AtCWD = unix.AT_FDCWD

const (
	msgDontWait = unix.MSG_DONTWAIT
	msgPeek     = unix.MSG_PEEK
	msgWaitAll  = unix.MSG_WAITALL
)
