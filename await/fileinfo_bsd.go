//go:build unix && !linux

package await

import "golang.org/x/sys/unix"

// Flags of Statx, which is fstatat(2) here.
const (
	statSelf     = 0
	statFollow   = 0
	statNoFollow = unix.AT_SYMLINK_NOFOLLOW
)
