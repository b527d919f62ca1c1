//go:build !linux

package sysfile

import "errors"

// WriteV is errors.ErrUnsupported: not every system has writev(2) in package unix, and
// only files of local disks need it, which no other system tells.
func WriteV(int, [][]byte) (int, error) { return 0, errors.ErrUnsupported }
