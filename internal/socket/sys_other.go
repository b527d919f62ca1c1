//go:build !linux

package socket

import "errors"

// NoSignal is nothing.
const NoSignal = 0

// Receive is errors.ErrUnsupported, as no poller here tells of a connection by itself.
func Receive(fd int, p []byte, flags int) (int, error) { return 0, errors.ErrUnsupported }

// Send is errors.ErrUnsupported, too.
func Send(fd int, p []byte, flags int) (int, error) { return 0, errors.ErrUnsupported }

// IsTCP is not asked there.
func IsTCP(fd int) bool { return false }
