//go:build kqueue

package readiness

// sendDontWait is nothing: the emulation of a BSD does as macOS, whose sends heed no
// flag that says not to wait.
const sendDontWait = 0
