package sysfile

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

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
