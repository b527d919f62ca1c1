//go:build unix && !freebsd

package devno

import "golang.org/x/sys/unix"

var major, minor, join = unix.Major, unix.Minor, unix.Mkdev
