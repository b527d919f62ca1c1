//go:build !linux

package sysfile

import "errors"

// CopiesRanges reports whether the kernel copies from file to file: CopyRange.
const CopiesRanges = false

// CopyRange is errors.ErrUnsupported.
func CopyRange(to, from, limit int) (int, error) { return 0, errors.ErrUnsupported }

// MayCopyPlainly is true: nothing else copies.
func MayCopyPlainly(error) bool { return true }
