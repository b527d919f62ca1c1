package sysfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestMayOpenCached(t *testing.T) {
	for _, c := range []struct {
		name string
		flag int
		want bool
	}{
		{"x", unix.O_RDONLY, true}, {"x", unix.O_RDWR | unix.O_APPEND, true}, {"x", unix.O_DIRECTORY, true},
		{"x", unix.O_CREAT, false}, {"x", unix.O_TRUNC, false}, {"x", unix.O_TMPFILE, false}, {"x", unix.O_PATH, false},
		{"x\x00y", unix.O_RDONLY, false},
		{strings.Repeat("x", pathMax-1), unix.O_RDONLY, true}, {strings.Repeat("x", pathMax), unix.O_RDONLY, false},
	} {
		if got := MayOpenCached(c.name, c.flag); got != c.want {
			t.Errorf("%d bytes with %#x: %t", len(c.name), c.flag, got)
		}
	}
}

func TestOpenCached(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, os.WriteFile(path("file"), nil, 0o600))
	must(t, os.Symlink("file", path("link")))
	must(t, unix.Mkfifo(path("fifo"), 0o600))
	if fd, err := OpenCached(path("file"), OpenFlags); err == unix.ENOSYS || err == unix.EPERM || err == unix.EINVAL {
		t.Skipf("nothing is opened so before Linux 5.12, or where openat2 is forbidden: %v", err)
	} else if err == 0 {
		must(t, unix.Close(fd))
	}
	for _, c := range []struct {
		name string
		flag int
		want unix.Errno
	}{
		{"file", 0, 0}, {"link", 0, 0}, {".", 0, 0}, {"file", unix.O_NOFOLLOW, 0},
		{"none", 0, unix.ENOENT}, {"none", unix.O_NOFOLLOW, unix.EAGAIN}, // an ordinary open has the better error
		{"fifo", 0, unix.EAGAIN}, {"fifo", unix.O_NONBLOCK, unix.EAGAIN}, {"link", unix.O_NOFOLLOW, unix.ELOOP},
	} {
		fd, err := OpenCached(path(c.name), OpenFlags|c.flag)
		if err == unix.EAGAIN && c.want == 0 {
			continue // the kernel may have forgotten where it is
		}
		if err != c.want {
			t.Errorf("%s with %#x: %v, want %v", c.name, c.flag, err, c.want)
		}
		if err == 0 {
			testutil.Own(t, fd)
		}
	}
}

func TestReadCached(t *testing.T) {
	fd, _ := mustOpen(t, "0123456789", unix.O_RDWR)
	p := make([]byte, 4)
	for _, c := range []struct {
		off    int64
		nowait bool
		want   string
	}{{-1, false, "0123"}, {8, false, "89"}, {-1, false, "4567"}, {10, false, ""}, {0, true, "0123"}} {
		n, err := ReadCached(fd, p, c.off, c.nowait)
		if c.nowait && (err == unix.EOPNOTSUPP || err == unix.EAGAIN) {
			continue // a file system that cannot, or a page that is gone
		}
		if err != 0 || string(p[:n]) != c.want {
			t.Errorf("at %d: %q, %v, want %q", c.off, p[:n], err, c.want)
		}
	}
	if _, err := ReadCached(-1, p, 0, true); err != unix.EBADF {
		t.Errorf("no descriptor: %v", err)
	}
}

func TestCopyRange(t *testing.T) {
	from, _ := mustOpen(t, "0123456789", unix.O_RDONLY)
	to, name := mustOpen(t, "", unix.O_WRONLY)
	if n, err := CopyRange(to, from, 4); MayCopyPlainly(err) {
		t.Skipf("the file system does not copy: %v", err)
	} else if n != 4 || err != nil {
		t.Errorf("%d, %v, want 4", n, err)
	}
	if n, err := CopyRange(to, from, 100); n != 6 || err != nil {
		t.Errorf("%d, %v, want the other 6", n, err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "0123456789" {
		t.Errorf("the copy has %q, %v", got, err)
	}
	if _, err := CopyRange(from, to, 1); !MayCopyPlainly(err) {
		t.Errorf("the wrong way round: %v", err)
	}
	if MayCopyPlainly(unix.ENOSPC) || MayCopyPlainly(nil) || !MayCopyPlainly(&os.PathError{Err: unix.EXDEV}) {
		t.Error("a plain copy is made when it should not, or not when it should")
	}
}

func TestStatxIsStat(t *testing.T) {
	fd, name := mustOpen(t, "0123456789", unix.O_RDONLY)
	var s Stat
	if err := Statx(fd, &s); errors.Is(err, unix.ENOSYS) {
		t.Skip("no statx before Linux 4.11")
	} else {
		must(t, err)
	}
	info, err := os.Stat(name)
	must(t, err)
	if int64(s.Size) != info.Size() || !s.ModTime.Equal(info.ModTime()) || FileMode(s.Mode) != info.Mode() {
		t.Errorf("got %+v, want %v", s, info)
	}
	ours, _ := IdentityOf(sysInfo{info, SystemStat(&s)})
	if theirs, ok := IdentityOf(info); !ok || ours != theirs {
		t.Errorf("got %+v, want %+v", ours, theirs)
	}
}

func TestWriteVAtThePosition(t *testing.T) {
	fd, name := mustOpen(t, "", unix.O_WRONLY)
	if n, err := WriteV(fd, [][]byte{[]byte("one"), []byte("two")}); n != 6 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "onetwo" {
		t.Errorf("the file has %q, %v", got, err)
	}
}
