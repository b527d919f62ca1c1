//go:build !unix

package sysfile

import "errors"

// Fsync has no files here.
func Fsync(int, bool) error { return errors.ErrUnsupported }
