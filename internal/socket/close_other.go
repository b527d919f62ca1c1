//go:build !unix

package socket

import "errors"

// CloseDescriptor closes nothing.
func CloseDescriptor(int) error { return errors.ErrUnsupported }
