//go:build darwin || freebsd

package sysfile

import "golang.org/x/sys/unix"

func fsStat(s *unix.Statfs_t) FSStat {
	return FSStat{
		BlockSize: int64(s.Bsize), Blocks: s.Blocks, Free: s.Bfree, Avail: uint64(max(0, int64(s.Bavail))),
		Files: s.Files, FreeFiles: uint64(max(0, int64(s.Ffree))), ReadOnly: s.Flags&unix.MNT_RDONLY != 0,
		Type: unix.ByteSliceToString(s.Fstypename[:]), Mounted: unix.ByteSliceToString(s.Mntonname[:]),
		Source: unix.ByteSliceToString(s.Mntfromname[:]),
	}
}
