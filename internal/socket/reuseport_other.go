//go:build unix && !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package socket

import "errors"

// SetReusePort has no SO_REUSEPORT here.
func SetReusePort(int) error { return errors.ErrUnsupported }
