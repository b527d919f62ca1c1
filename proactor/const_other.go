//go:build !unix

package proactor

// AtCWD in place of a directory's descriptor means the working directory.
const AtCWD = -100

const (
	msgDontWait = 0x40
	msgPeek     = 0x2
	msgWaitAll  = 0x100
)
