//go:build linux

package proactor_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestReadAtAnOffset(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 5000)
	tests := []struct {
		offset     int64
		size, want int
	}{
		{0, 100, 100}, {4090, 20, 20}, {4990, 100, 10}, {5000, 1, 0}, {1 << 40, 1, 0},
	}
	for _, tt := range tests {
		buf := make([]byte, tt.size)
		r := do(t, p, func(o *op) error { return p.Read(&o.c, fd, buf, tt.offset, o.done) })
		wantN(t, r, tt.want)
		if !bytes.Equal(buf[:r.N], testutil.FileContents(int(tt.offset), tt.want)) {
			t.Errorf("offset %d: other bytes than the file's", tt.offset)
		}
	}
	if at, err := unix.Seek(fd, 0, unix.SEEK_CUR); at != 0 || err != nil {
		t.Errorf("reads with an offset moved the position to %d, %v", at, err)
	}
}

func TestReadAtTheCurrentPositionMovesIt(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 100)
	at := 0
	for _, want := range []int{40, 40, 20, 0} {
		buf := make([]byte, 40)
		wantN(t, do(t, p, func(o *op) error {
			return p.Read(&o.c, fd, buf, proactor.CurrentPosition, o.done)
		}), want)
		if !bytes.Equal(buf[:want], testutil.FileContents(at, want)) {
			t.Errorf("at %d: other bytes than the file's", at)
		}
		at += want
	}
}

func TestWriteAtAnOffset(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, path := testutil.TempFile(t, 10)
	wantN(t, do(t, p, func(o *op) error { return p.Write(&o.c, fd, []byte("ABC"), 4, o.done) }), 3)
	wantN(t, do(t, p, func(o *op) error { return p.Write(&o.c, fd, []byte("end"), 12, o.done) }), 3)
	want := testutil.FileContents(0, 10)
	copy(want[4:], "ABC")
	want = append(want, 0, 0, 'e', 'n', 'd')
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the file holds %q, %v, want %q", got, err, want)
	}
}

func TestWriteAtTheCurrentPositionMovesIt(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, path := testutil.TempFile(t, 3)
	if _, err := unix.Seek(fd, 1, unix.SEEK_SET); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"one", "two"} {
		wantN(t, do(t, p, func(o *op) error {
			return p.Write(&o.c, fd, []byte(word), proactor.CurrentPosition, o.done)
		}), 3)
	}
	if got, err := os.ReadFile(path); err != nil || string(got[1:]) != "onetwo" {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

func TestWriteToAnAppendingFileGoesToItsEnd(t *testing.T) {
	p := open(t, proactor.Config{})
	_, path := testutil.TempFile(t, 3)
	fd := descriptor(t, do(t, p, func(o *op) error {
		return p.OpenAt(&o.c, proactor.AtCWD, path, unix.O_WRONLY|unix.O_APPEND, 0, o.done)
	}))
	for _, offset := range []int64{0, proactor.CurrentPosition} {
		wantN(t, do(t, p, func(o *op) error { return p.Write(&o.c, fd, []byte("x"), offset, o.done) }), 1)
	}
	if got, err := os.ReadFile(path); err != nil || string(got[3:]) != "xx" {
		t.Errorf("the file holds %q, %v", got, err)
	}
}

func TestPipesAreReadAndWrittenAtTheCurrentPosition(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		r, w := testutil.Pipe(t)
		mode(t, r, w)
		buf := make([]byte, 16)
		read := start(t, func(o *op) error { return p.Read(&o.c, r, buf, proactor.CurrentPosition, o.done) })
		tickUnfinished(t, p, read)
		wantN(t, do(t, p, func(o *op) error {
			return p.Write(&o.c, w, []byte("through"), proactor.CurrentPosition, o.done)
		}), 7)
		wantN(t, wait(t, p, read), 7)
		if string(buf[:7]) != "through" {
			t.Errorf("read %q", buf[:7])
		}
		testutil.Close(t, w)
		wantN(t, do(t, p, func(o *op) error {
			return p.Read(&o.c, r, buf, proactor.CurrentPosition, o.done)
		}), 0)
	})
}

func TestWriteWritesAllToASlowReader(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{})
		r, w := testutil.Pipe(t)
		mode(t, w)
		sent := bigContents()
		write := start(t, func(o *op) error { return p.Write(&o.c, w, sent, proactor.CurrentPosition, o.done) })
		tickUnfinished(t, p, write)
		received := readSlowly(t, r, big)
		wantN(t, wait(t, p, write), big)
		if !bytes.Equal(testutil.Receive(t, received, "all bytes"), sent) {
			t.Error("other bytes came than were written")
		}
	})
}

// What waits in line behind a write does not get between its parts.
func TestPartsOfAWriteStayTogether(t *testing.T) {
	bothModes(t, func(t *testing.T, mode func(testing.TB, ...int)) {
		p := open(t, proactor.Config{MaxInFlight: 1})
		r, w := testutil.Pipe(t)
		mode(t, w)
		first, second := bytes.Repeat([]byte{1}, 1<<20), bytes.Repeat([]byte{2}, 1<<20)
		one := start(t, func(o *op) error { return p.Write(&o.c, w, first, proactor.CurrentPosition, o.done) })
		two := start(t, func(o *op) error { return p.Write(&o.c, w, second, proactor.CurrentPosition, o.done) })
		tickUnfinished(t, p, one)
		received := readSlowly(t, r, len(first)+len(second))
		wantN(t, wait(t, p, one), len(first))
		wantN(t, wait(t, p, two), len(second))
		if !bytes.Equal(testutil.Receive(t, received, "all bytes"), append(first, second...)) {
			t.Error("the parts of the two writes are mixed")
		}
	})
}

func TestReadAndWriteOnSockets(t *testing.T) {
	overStreams(t, func(t *testing.T, p *proactor.Proactor, a, b int) {
		buf := make([]byte, 8)
		read := start(t, func(o *op) error { return p.Read(&o.c, a, buf, proactor.CurrentPosition, o.done) })
		tickUnfinished(t, p, read)
		wantN(t, do(t, p, func(o *op) error {
			return p.Write(&o.c, b, []byte("words"), proactor.CurrentPosition, o.done)
		}), 5)
		wantN(t, wait(t, p, read), 5)
		if string(buf[:5]) != "words" {
			t.Errorf("read %q", buf[:5])
		}
	})
}

func TestFsync(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 10)
	for _, flags := range []int{0, proactor.FsyncDataOnly} {
		wantN(t, do(t, p, func(o *op) error { return p.Fsync(&o.c, fd, flags, o.done) }), 0)
	}
}

func TestOpenAtIsRelativeToItsDirectory(t *testing.T) {
	p := open(t, proactor.Config{})
	_, path := testutil.TempFile(t, 10)
	dir := descriptor(t, do(t, p, func(o *op) error {
		return p.OpenAt(&o.c, proactor.AtCWD, filepath.Dir(path), unix.O_RDONLY|unix.O_DIRECTORY, 0, o.done)
	}))
	fd := descriptor(t, do(t, p, func(o *op) error {
		return p.OpenAt(&o.c, dir, filepath.Base(path), unix.O_RDONLY, 0, o.done)
	}))
	wantCloexec(t, dir)
	wantCloexec(t, fd)
	buf := make([]byte, 10)
	wantN(t, do(t, p, func(o *op) error { return p.Read(&o.c, fd, buf, 0, o.done) }), 10)
	if !bytes.Equal(buf, testutil.FileContents(0, 10)) {
		t.Error("it is another file")
	}
}

func TestOpenAtCreatesWithTheMode(t *testing.T) {
	p := open(t, proactor.Config{})
	path := t.TempDir() + "/new"
	fd := descriptor(t, do(t, p, func(o *op) error {
		return p.OpenAt(&o.c, proactor.AtCWD, path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600, o.done)
	}))
	wantCloexec(t, fd)
	info, err := os.Stat(path)
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestStatxAgreesWithStat(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, path := testutil.TempFile(t, 5000)
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	when := time.Date(2001, 2, 3, 4, 5, 6, 789, time.UTC)
	if err := os.Chtimes(path, when.Add(time.Hour), when); err != nil {
		t.Fatal(err)
	}
	var want unix.Stat_t
	if err := unix.Stat(path, &want); err != nil {
		t.Fatal(err)
	}
	for name, submit := range map[string]func(o *op, s *proactor.Stat) error{
		"by path": func(o *op, s *proactor.Stat) error {
			return p.Statx(&o.c, proactor.AtCWD, path, 0, unix.STATX_BASIC_STATS|unix.STATX_BTIME, s, o.done)
		},
		"by descriptor": func(o *op, s *proactor.Stat) error {
			return p.Statx(&o.c, fd, "", unix.AT_EMPTY_PATH, unix.STATX_BASIC_STATS|unix.STATX_BTIME, s, o.done)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var s proactor.Stat
			wantN(t, do(t, p, func(o *op) error { return submit(o, &s) }), 0)
			if s.Mask&unix.STATX_BASIC_STATS != unix.STATX_BASIC_STATS {
				t.Errorf("mask %#x", s.Mask)
			}
			got := []uint64{uint64(s.Mode), uint64(s.Nlink), uint64(s.UID), uint64(s.GID), uint64(s.BlockSize), s.Ino, s.Size, s.Blocks}
			wants := []uint64{uint64(want.Mode), uint64(want.Nlink), uint64(want.Uid), uint64(want.Gid), uint64(want.Blksize), want.Ino, uint64(want.Size), uint64(want.Blocks)}
			for i, field := range []string{"Mode", "Nlink", "UID", "GID", "BlockSize", "Ino", "Size", "Blocks"} {
				if got[i] != wants[i] {
					t.Errorf("%s is %d, want %d", field, got[i], wants[i])
				}
			}
			if !s.ModTime.Equal(when) || !s.AccessTime.Equal(when.Add(time.Hour)) {
				t.Errorf("times %v and %v, want %v and an hour later", s.ModTime, s.AccessTime, when)
			}
			if !s.ChangeTime.Equal(time.Unix(want.Ctim.Unix())) {
				t.Errorf("change time %v, want %v", s.ChangeTime, time.Unix(want.Ctim.Unix()))
			}
			if dev := unix.Mkdev(s.DevMajor, s.DevMinor); dev != uint64(want.Dev) {
				t.Errorf("device %#x, want %#x", dev, want.Dev)
			}
			if s.Mask&unix.STATX_BTIME != 0 && s.BirthTime.After(s.ChangeTime) {
				t.Errorf("born at %v, after %v", s.BirthTime, s.ChangeTime)
			}
		})
	}
}

func TestStatxOfADeviceAndALink(t *testing.T) {
	p := open(t, proactor.Config{})
	var s proactor.Stat
	wantN(t, do(t, p, func(o *op) error {
		return p.Statx(&o.c, proactor.AtCWD, "/dev/null", 0, unix.STATX_BASIC_STATS, &s, o.done)
	}), 0)
	if s.Mode&unix.S_IFMT != unix.S_IFCHR || s.RdevMajor != 1 || s.RdevMinor != 3 {
		t.Errorf("/dev/null has mode %o and is device %d:%d", s.Mode, s.RdevMajor, s.RdevMinor)
	}
	link := t.TempDir() + "/link"
	if err := os.Symlink("/dev/null", link); err != nil {
		t.Fatal(err)
	}
	wantN(t, do(t, p, func(o *op) error {
		return p.Statx(&o.c, proactor.AtCWD, link, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &s, o.done)
	}), 0)
	if s.Mode&unix.S_IFMT != unix.S_IFLNK || s.RdevMajor != 0 {
		t.Errorf("the link has mode %o and is device %d", s.Mode, s.RdevMajor)
	}
}

func TestStatxDoesNotTouchTheStatOnError(t *testing.T) {
	p := open(t, proactor.Config{})
	s := proactor.Stat{Size: 42}
	r := do(t, p, func(o *op) error {
		return p.Statx(&o.c, proactor.AtCWD, t.TempDir()+"/none", 0, unix.STATX_BASIC_STATS, &s, o.done)
	})
	wantIs(t, r.Err, syscall.ENOENT, os.ErrNotExist)
	if s != (proactor.Stat{Size: 42}) {
		t.Errorf("the Stat is %+v", s)
	}
}

func TestCloseFDCloses(t *testing.T) {
	p := open(t, proactor.Config{})
	r, w := testutil.Pipe(t)
	testutil.Disown(t, w)
	wantN(t, do(t, p, func(o *op) error { return p.CloseFD(&o.c, w, o.done) }), 0)
	if n, err := unix.Read(r, make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("the pipe is still open: read %d, %v", n, err)
	}
}

// TestOpenOfAFIFOWaits opens a FIFO that has no other end, as open(2) does: it
// waits for one, and nobody else waits with it.
func TestOpenOfAFIFOWaits(t *testing.T) {
	for name, way := range map[string]struct{ ours, theirs int }{
		"reader": {unix.O_RDONLY, unix.O_WRONLY},
		"writer": {unix.O_WRONLY, unix.O_RDONLY},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "fifo")
			if err := unix.Mkfifo(path, 0o600); err != nil {
				t.Fatal(err)
			}
			p := open(t, proactor.Config{})
			opening := start(t, func(o *op) error { return p.OpenAt(&o.c, proactor.AtCWD, path, way.ours, 0, o.done) })
			for range 20 {
				wantN(t, do(t, p, func(o *op) error { return p.Nop(&o.c, o.done) }), 0)
			}
			if s := p.Stats(); s.InFlight != 1 {
				t.Errorf("the open does not wait: %+v", s)
			}
			other, err := unix.Open(path, way.theirs|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
			for err == unix.ENXIO { // the reader is not there yet
				other, err = unix.Open(path, way.theirs|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
			}
			if err != nil {
				t.Fatal(err)
			}
			testutil.Own(t, other)
			r := wait(t, p, opening)
			if r.Err != nil {
				t.Fatal(r.Err)
			}
			testutil.Own(t, r.N)
		})
	}
}

// TestMayHang has operations be done apart, by turns with ones that are not.
func TestMayHang(t *testing.T) {
	p := open(t, proactor.Config{})
	fd, _ := testutil.TempFile(t, 100)
	var o op
	for i := range 6 {
		if i%2 == 0 {
			o.c.SetMayHang()
		}
		if err := p.Read(&o.c, fd, make([]byte, 200), 0, o.done); err != nil {
			t.Fatal(err)
		}
		driveUntil(t, p, "the read", func() bool { return o.calls == i+1 })
		wantN(t, o.result, 100)
	}
}
