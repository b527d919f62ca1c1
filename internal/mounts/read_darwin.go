package mounts

import "golang.org/x/sys/unix"

// deviceOf is the device of files on s, which is the first half of the file system's number.
func deviceOf(s *unix.Statfs_t) uint64 { return uint64(uint32(s.Fsid.Val[0])) }
