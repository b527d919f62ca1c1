//go:build unix

package sysfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// mustOpen opens a file of a new directory that has content; t closes it.
func mustOpen(t *testing.T, content string, flag int) (fd int, name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(name, []byte(content), 0o600))
	fd, err := unix.Open(name, flag|OpenFlags, 0)
	must(t, err)
	testutil.Own(t, fd)
	return fd, name
}

func TestModesThereAndBack(t *testing.T) {
	for _, mode := range []os.FileMode{
		0, 0o777, 0o640, os.ModeSetuid | 0o755, os.ModeSetgid | 0o711, os.ModeSticky | 0o1, os.ModeSetuid | os.ModeSetgid | os.ModeSticky,
	} {
		if got := FileMode(Mode(mode)); got != mode {
			t.Errorf("%v becomes %v", mode, got)
		}
	}
	for bits, want := range map[uint32]fs.FileMode{
		unix.S_IFREG: 0, unix.S_IFDIR: fs.ModeDir, unix.S_IFLNK: fs.ModeSymlink, unix.S_IFIFO: fs.ModeNamedPipe,
		unix.S_IFSOCK: fs.ModeSocket, unix.S_IFBLK: fs.ModeDevice, unix.S_IFCHR: fs.ModeDevice | fs.ModeCharDevice,
	} {
		if got := FileMode(bits | 0o640); got != want|0o640 {
			t.Errorf("%#o is %v, want %v", bits, got, want|0o640)
		}
	}
}

func TestInspect(t *testing.T) {
	r, _ := testutil.Pipe(t)
	a, _ := testutil.SocketPair(t)
	file, _ := mustOpen(t, "", unix.O_WRONLY|unix.O_APPEND)
	dir, err := unix.Open(t.TempDir(), unix.O_RDONLY|OpenFlags, 0)
	must(t, err)
	testutil.Own(t, dir)
	null, err := unix.Open(os.DevNull, unix.O_RDWR|OpenFlags, 0)
	must(t, err)
	testutil.Own(t, null)
	for _, c := range []struct {
		name      string
		fd, flags int
		want      Traits
	}{
		{"a pipe", r, FlagsUnknown, Traits{Kind: Stream, Pipe: true}},
		{"a socket", a, FlagsUnknown, Traits{Kind: Stream}},
		{"a file", file, FlagsUnknown, Traits{Kind: Regular, Appends: true}},
		{"a file whose flags are told", file, unix.O_WRONLY, Traits{Kind: Regular}},
		{"a directory", dir, FlagsUnknown, Traits{Kind: Directory}},
		{"the null device", null, FlagsUnknown, Traits{Kind: Device}},
	} {
		got, err := Inspect(c.fd, c.flags)
		if c.want.Kind == Regular {
			c.want.Nowait = OpensNoWait // both are for Linux
		}
		c.want.OnDisk = got.OnDisk && (c.want.Kind == Regular || c.want.Kind == Directory) // as the machine has it
		c.want.Device = got.Device
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
	if _, err := Inspect(-1, 0); err != unix.EBADF {
		t.Errorf("no descriptor: %v", err)
	}
}

func TestReadAndWriteAtAnOffsetOrThePosition(t *testing.T) {
	fd, name := mustOpen(t, "0123456789", unix.O_RDWR)
	p := make([]byte, 3)
	for _, c := range []struct {
		off  int64
		want string
	}{{-1, "012"}, {7, "789"}, {-1, "345"}, {9, "9"}, {10, ""}} {
		if n, err := Read(fd, p, c.off); err != nil || string(p[:n]) != c.want {
			t.Errorf("at %d: %q, %v, want %q", c.off, p[:n], err, c.want)
		}
	}
	if n, err := Write(fd, []byte("AB"), -1); n != 2 || err != nil {
		t.Errorf("at the position: %d, %v", n, err)
	}
	if n, err := Write(fd, []byte("Z"), 0); n != 1 || err != nil {
		t.Errorf("at the start: %d, %v", n, err)
	}
	if got, err := os.ReadFile(name); err != nil || string(got) != "Z12345AB89" {
		t.Errorf("the file has %q, %v", got, err)
	}
	must(t, Truncate(fd, 4))
	if at, err := Seek(fd, -1, 2); at != 3 || err != nil {
		t.Errorf("the last of four bytes is at %d, %v", at, err)
	}
}

func TestWriteNothingTellsOfAReader(t *testing.T) {
	fd, _ := mustOpen(t, "", unix.O_WRONLY)
	must(t, WriteNothing(fd))
	if err := WriteNothing(-1); err != unix.EBADF {
		t.Errorf("no descriptor: %v", err)
	}
}

func TestDupIsCloseOnExec(t *testing.T) {
	fd, _ := mustOpen(t, "x", unix.O_RDONLY)
	copied, err := Dup(fd)
	must(t, err)
	testutil.Own(t, copied)
	flags, err := unix.FcntlInt(uintptr(copied), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC == 0 || copied == fd {
		t.Errorf("%d of %d has flags %#x, %v", copied, fd, flags, err)
	}
}

// What package os tells of a file, and what is made of statx's numbers, is the same file.
func TestIdentities(t *testing.T) {
	_, name := mustOpen(t, "x", unix.O_RDONLY)
	_, other := mustOpen(t, "x", unix.O_RDONLY)
	theirs, err := os.Stat(name)
	must(t, err)
	s := theirs.Sys().(*syscall.Stat_t)
	ours := sysInfo{theirs, SystemStat(&Stat{
		Ino:      uint64(s.Ino),
		DevMajor: Major(uint64(s.Dev)), DevMinor: Minor(uint64(s.Dev)),
	})}
	want, known := IdentityOf(theirs)
	got, alsoKnown := IdentityOf(ours)
	if !known || !alsoKnown || got != want {
		t.Errorf("%+v, %t and %+v, %t", want, known, got, alsoKnown)
	}
	another, err := os.Stat(other)
	must(t, err)
	if id, _ := IdentityOf(another); id == want {
		t.Errorf("two files are %+v", id)
	}
	for _, info := range []fs.FileInfo{nil, sysInfo{theirs, nil}} {
		if id, known := IdentityOf(info); known {
			t.Errorf("%v is known as %+v", info, id)
		}
	}
}

// sysInfo is a FileInfo with another Sys.
type sysInfo struct {
	fs.FileInfo
	sys any
}

func (i sysInfo) Sys() any { return i.sys }

// Only a broken standard output is written to once more.
func TestBrokenPipeIsForTheStandardFiles(t *testing.T) {
	r, w := testutil.Pipe(t)
	if n, err := BrokenPipe(w, []byte("x"), unix.EPIPE); n != 0 || err != unix.EPIPE {
		t.Errorf("a pipe: %d, %v", n, err)
	}
	if n, err := BrokenPipe(1, []byte("x"), unix.EIO); n != 0 || err != unix.EIO {
		t.Errorf("another error: %d, %v", n, err)
	}
	must(t, unix.SetNonblock(r, true))
	if n, err := unix.Read(r, make([]byte, 1)); err != unix.EAGAIN {
		t.Errorf("something was written: %d, %v", n, err)
	}
}
