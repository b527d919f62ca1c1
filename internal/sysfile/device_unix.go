//go:build unix && !freebsd

package sysfile

import "golang.org/x/sys/unix"

var major, minor, joinDevice = unix.Major, unix.Minor, unix.Mkdev
