package sysfile

import "golang.org/x/sys/unix"

func fsStat(s *unix.Statfs_t) FSStat {
	return FSStat{
		BlockSize: int64(s.Frsize), Blocks: s.Blocks, Free: s.Bfree, Avail: s.Bavail, Files: s.Files, FreeFiles: s.Ffree,
		ReadOnly: s.Flags&unix.ST_RDONLY != 0,
	}
}
