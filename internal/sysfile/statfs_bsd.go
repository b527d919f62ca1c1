//go:build darwin || freebsd

package sysfile

import "golang.org/x/sys/unix"

// Statfs is statfs(2). It asks the file system, which may wait for a server.
func Statfs(name string) (FSStat, error) {
	var s unix.Statfs_t
	for {
		if err := unix.Statfs(name, &s); err != unix.EINTR {
			return fsStat(&s), err
		}
	}
}

// FStatfs is fstatfs(2).
func FStatfs(fd int) (FSStat, error) {
	var s unix.Statfs_t
	err := unix.Fstatfs(fd, &s)
	return fsStat(&s), err
}

func fsStat(s *unix.Statfs_t) FSStat {
	return FSStat{
		BlockSize: int64(s.Bsize), Blocks: s.Blocks, Free: s.Bfree, Avail: uint64(max(0, int64(s.Bavail))),
		Files: s.Files, FreeFiles: uint64(max(0, int64(s.Ffree))), ReadOnly: s.Flags&unix.MNT_RDONLY != 0,
		Type: unix.ByteSliceToString(s.Fstypename[:]), Mounted: unix.ByteSliceToString(s.Mntonname[:]),
		Source: unix.ByteSliceToString(s.Mntfromname[:]),
	}
}
