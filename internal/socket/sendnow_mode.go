//go:build darwin || (linux && kqueue)

package socket

// SendNow is send(2) of what there is room for, without a signal if DisableSignal was called. It
// answers ErrWouldBlock instead of waiting, and where fd is in blocking mode: the kernel looks
// at no flag of the call.
func SendNow(fd int, p []byte) (n int, err error) {
	nonblock, err := IfNonblock(fd, func() error {
		n, err = Send(fd, p, SendDontWait|NoSignal)
		return err
	})
	if !nonblock && err == nil {
		err = ErrWouldBlock
	}
	return n, err
}
