//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package socket

import "errors"

// Receive is errors.ErrUnsupported: there is no poller there.
func Receive(fd int, p []byte, flags int) (int, error) { return 0, errors.ErrUnsupported }

// SendNow is errors.ErrUnsupported, too.
func SendNow(fd int, p []byte) (int, error) { return 0, errors.ErrUnsupported }
