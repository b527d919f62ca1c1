//go:build linux

package simdisk

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// onKernel is a directory of the kernel's as a machine.
type onKernel struct {
	root  int
	files [slots]int
}

// newKernel is one of a directory, until end.
func newKernel(t testing.TB, dir string) *onKernel {
	t.Helper()
	root, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	return &onKernel{root: root}
}

func (m *onKernel) end() { unix.Close(m.root) }

// number is what a call of package unix failed with.
func number(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	return err.(syscall.Errno)
}

func (m *onKernel) at(slot int) int {
	if slot == atRoot {
		return m.root
	}
	return m.files[slot]
}

func (m *onKernel) open(slot, at int, path string, flags int, mode uint32) syscall.Errno {
	fd, err := unix.Openat(m.at(at), path, flags|unix.O_CLOEXEC, mode)
	m.files[slot] = fd
	return number(err)
}

func (m *onKernel) close(slot int) { unix.Close(m.files[slot]) }

func (m *onKernel) read(slot int, p []byte, off int64) (n int, errno syscall.Errno) {
	var err error
	if off < 0 {
		n, err = unix.Read(m.files[slot], p)
	} else {
		n, err = unix.Pread(m.files[slot], p, off)
	}
	return max(n, 0), number(err)
}

func (m *onKernel) write(slot int, p []byte, off int64) (n int, errno syscall.Errno) {
	var err error
	if off < 0 {
		n, err = unix.Write(m.files[slot], p)
	} else {
		n, err = unix.Pwrite(m.files[slot], p, off)
	}
	return max(n, 0), number(err)
}

func (m *onKernel) seek(slot int, off int64, whence int) (int64, syscall.Errno) {
	at, err := unix.Seek(m.files[slot], off, whence)
	return max(at, 0), number(err)
}

func (m *onKernel) fstat(slot int) (Info, syscall.Errno) {
	var s unix.Stat_t
	err := unix.Fstat(m.files[slot], &s)
	return kernelInfo(&s), number(err)
}

func kernelInfo(s *unix.Stat_t) Info {
	return Info{Mode: s.Mode, Links: uint32(s.Nlink), UID: s.Uid, GID: s.Gid, Size: s.Size, Modified: s.Mtim.Nano()}
}

func (m *onKernel) readDir(slot int) (list []string, errno syscall.Errno) {
	unix.Seek(m.files[slot], 0, 0)
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Getdents(m.files[slot], buf)
		if n <= 0 {
			slices.Sort(list)
			unix.Seek(m.files[slot], 0, 0)
			return list, number(err)
		}
		_, _, list = unix.ParseDirent(buf[:n], -1, list)
	}
}

func (m *onKernel) fsync(slot int) syscall.Errno { return number(unix.Fsync(m.files[slot])) }

func (m *onKernel) ftruncate(slot int, size int64) syscall.Errno {
	return number(unix.Ftruncate(m.files[slot], size))
}

func (m *onKernel) allocate(slot int, off, size int64) syscall.Errno {
	return number(unix.Fallocate(m.files[slot], 0, off, size))
}

func (m *onKernel) copyRange(to, from, size int) (int, syscall.Errno) {
	n, err := unix.CopyFileRange(m.files[from], nil, m.files[to], nil, size, 0)
	return max(n, 0), number(err)
}

func (m *onKernel) stat(at int, path string, follow bool) (Info, syscall.Errno) {
	flags := unix.AT_SYMLINK_NOFOLLOW
	if follow {
		flags = 0
	}
	var s unix.Stat_t
	err := unix.Fstatat(m.at(at), path, &s, flags)
	if err != nil {
		return Info{}, number(err)
	}
	return kernelInfo(&s), 0
}

func (m *onKernel) mkdir(at int, path string, mode uint32) syscall.Errno {
	return number(unix.Mkdirat(m.at(at), path, mode))
}

func (m *onKernel) rmdir(at int, path string) syscall.Errno {
	return number(unix.Unlinkat(m.at(at), path, unix.AT_REMOVEDIR))
}

func (m *onKernel) unlink(at int, path string) syscall.Errno {
	return number(unix.Unlinkat(m.at(at), path, 0))
}

func (m *onKernel) rename(oldAt int, oldPath string, newAt int, newPath string, flags int) syscall.Errno {
	return number(unix.Renameat2(m.at(oldAt), oldPath, m.at(newAt), newPath, uint(flags)))
}

func (m *onKernel) link(oldAt int, oldPath string, newAt int, newPath string) syscall.Errno {
	return number(unix.Linkat(m.at(oldAt), oldPath, m.at(newAt), newPath, 0))
}

func (m *onKernel) symlink(target string, at int, path string) syscall.Errno {
	return number(unix.Symlinkat(target, m.at(at), path))
}

func (m *onKernel) readlink(at int, path string) (string, syscall.Errno) {
	buf := make([]byte, 5000)
	n, err := unix.Readlinkat(m.at(at), path, buf)
	return string(buf[:max(n, 0)]), number(err)
}

func (m *onKernel) chmod(at int, path string, mode uint32) syscall.Errno {
	return number(unix.Fchmodat(m.at(at), path, mode, 0))
}

func (m *onKernel) chown(at int, path string, uid, gid int, follow bool) syscall.Errno {
	flags := unix.AT_SYMLINK_NOFOLLOW
	if follow {
		flags = 0
	}
	return number(unix.Fchownat(m.at(at), path, uid, gid, flags))
}

func (m *onKernel) chtimes(at int, path string, modified int64) syscall.Errno {
	times := []unix.Timespec{{Nsec: unix.UTIME_OMIT}, unix.NsecToTimespec(modified)}
	return number(unix.UtimesNanoAt(m.at(at), path, times, 0))
}

// truncate has the kernel follow the path from the directory: truncate(2) has no such form.
func (m *onKernel) truncate(at int, path string, size int64) syscall.Errno {
	if path == "" {
		return syscall.ENOENT
	}
	return number(unix.Truncate(fmt.Sprintf("/proc/self/fd/%d/%s", m.at(at), path), size))
}
