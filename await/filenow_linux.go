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
