package await

import "golang.org/x/sys/unix"

// Flags of Statx. An automounter's directory is told of as it is, as stat(2)
// does.
const (
	statSelf     = unix.AT_EMPTY_PATH
	statFollow   = unix.AT_NO_AUTOMOUNT
	statNoFollow = unix.AT_NO_AUTOMOUNT | unix.AT_SYMLINK_NOFOLLOW
)
