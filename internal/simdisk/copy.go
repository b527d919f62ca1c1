//go:build unix

package simdisk

import "syscall"

// CopyTo is copy_file_range(2) between the positions of two files, which may be on two disks.
func (f *File) CopyTo(to *File, limit int) (int, syscall.Errno) {
	switch {
	case f.IsDir() || to.IsDir():
		return 0, syscall.EISDIR
	case !f.read || !to.writes || to.appends:
		return 0, syscall.EBADF
	}
	from := f.position
	size := max(0, min(int64(limit), f.Size()-from))
	if f.overlaps(to, size) {
		return 0, syscall.EINVAL
	}
	data := make([]byte, size)
	n, errno := f.Read(data, from)
	if errno != 0 || n == 0 {
		return 0, errno
	}
	n, errno = to.Write(data[:n], -1)
	f.position = from + int64(n)
	return n, errno
}

func (f *File) overlaps(to *File, size int64) bool {
	return f.d == to.d && f.ino == to.ino && f.position < to.position+size && to.position < f.position+size
}

// Again opens what f is open on once more, with its flags and a position of its own.
func (f *File) Again() *File {
	c := *f
	c.position, c.listing, c.listed = 0, nil, false
	f.d.opens[f.ino]++
	return &c
}
