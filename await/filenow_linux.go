package await

import "golang.org/x/sys/unix"

// mayReadNow reports whether reads of a file opened with flags may be attempted
// by their callers: O_DIRECT has no page cache to find anything in.
func mayReadNow(flags int) bool { return flags&unix.O_DIRECT == 0 }

// attempt is one attempt of readNow.
//
// The end of the file is not where an attempt says so, since Linux 5.9 and 5.10
// say so also of what they do not have (preadv2(2), BUGS): where there is nothing
// to read, an ordinary read does not wait either.
func (f *File) attempt(fd int, p []byte, off int64) (n int, done bool) {
	n, errno := readFlagged(fd, p, off, unix.RWF_NOWAIT)
	switch {
	case errno == unix.EOPNOTSUPP || errno == unix.ENOSYS:
		f.now.never()
	case errno != 0:
		f.now.miss()
	case n == len(p):
		return n, true
	case n == 0:
		n, errno = readFlagged(fd, p, off, 0)
		return n, errno == 0
	default:
		f.now.hit()
		more, errno := readFlagged(fd, p[n:], after(off, n), unix.RWF_NOWAIT)
		return n + more, errno == 0 && (more == 0 || n+more == len(p))
	}
	return 0, false
}

// isOnDisk reports whether s is of a regular file or a directory of a file system
// that has a device to itself. The others have a number made up for them, and
// those of servers and of programs are among them.
func isOnDisk(s *unix.Stat_t) bool {
	kind := s.Mode & unix.S_IFMT
	return unix.Major(uint64(s.Dev)) != 0 && (kind == unix.S_IFREG || kind == unix.S_IFDIR)
}
