//go:build dragonfly || freebsd || netbsd || openbsd || (linux && !kqueue)

package socket

// SendNow is send(2) of what there is room for, without a signal. It answers ErrWouldBlock
// instead of waiting.
func SendNow(fd int, p []byte) (int, error) { return Send(fd, p, SendDontWait|NoSignal) }
