package mounts

import "golang.org/x/sys/unix"

// deviceOf is the device of files on s, which the kernel makes the first half of the
// file system's number (vfs_getnewfsid).
func deviceOf(s *unix.Statfs_t) uint64 { return uint64(uint32(s.Fsid.Val[0])) }
