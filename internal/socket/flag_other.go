//go:build !unix

package socket

// No call is ever made there.
const (
	PollIn = 1 << iota
	PollOut
	DontWait = 0
)

// IsDatagram is false.
func IsDatagram(int) bool { return false }
