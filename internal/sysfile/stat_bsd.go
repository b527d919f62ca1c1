//go:build unix && !linux

package sysfile

import "golang.org/x/sys/unix"

// Flags of Statx, which is fstatat(2) here.
const (
	StatSelf     = 0
	StatFollow   = 0
	StatNoFollow = unix.AT_SYMLINK_NOFOLLOW
)
