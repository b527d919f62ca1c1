//go:build !linux

package sysfile

import "errors"

// WriteV is errors.ErrUnsupported: package unix has no writev(2) for some systems, and
// only files with Traits.OnDisk need it, which are Linux's.
func WriteV(int, [][]byte) (int, error) { return 0, errors.ErrUnsupported }
