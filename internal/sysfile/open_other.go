//go:build !linux

package sysfile

import "errors"

// OpensNoWait reports whether there is OpenNoWait.
const OpensNoWait = false

// MayOpenNoWait is false.
func MayOpenNoWait(string, int) bool { return false }

// OpenNoWait is errors.ErrUnsupported.
func OpenNoWait(string, int, uint32) (fd int, final bool, err error) {
	return -1, false, errors.ErrUnsupported
}

// ClearNonblock has nothing to do: OpenNoWait opens nothing.
func ClearNonblock(int, int) error { return nil }

// HadWriter is true, for a descriptor that OpenNoWait has opened: there is none.
func HadWriter(int) (bool, error) { return true, nil }
