//go:build kqueue

package socket

// SendDontWait is nothing: the emulation of a BSD does as macOS, whose sends heed no
// flag that says not to wait.
const SendDontWait = 0
