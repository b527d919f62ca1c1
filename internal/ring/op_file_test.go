//go:build linux

package ring

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// cpath is a NUL-terminated path in the heap.
func cpath(t testing.TB, path string) *byte {
	t.Helper()
	p, err := unix.BytePtrFromString(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run fills one slot and returns its result.
func run(t testing.TB, r *Ring, prep func(*SQE)) int32 {
	t.Helper()
	prep(nextSlot(t, r))
	return waitRes(t, r)
}

// TestFileFromOpenToClose goes through a file's life on the ring alone.
func TestFileFromOpenToUnlink(t *testing.T) {
	r := openRing(t, Config{})
	name := filepath.Join(t.TempDir(), "file")
	path := cpath(t, name)
	fd := int(run(t, r, func(s *SQE) {
		s.PrepOpenAt(unix.AT_FDCWD, path, unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	}))
	if fd < 0 {
		t.Fatalf("openat: %v", unix.Errno(-fd))
	}
	text, back := []byte("hello, ring"), make([]byte, 32)
	size := int32(len(text))
	st := new(unix.Statx_t)
	halves := []unix.Iovec{{Base: &back[0]}, {Base: &back[16]}}
	halves[0].SetLen(5)
	halves[1].SetLen(16)

	wantRes(t, "write", run(t, r, func(s *SQE) { s.PrepWrite(fd, text, 4096) }), size)
	wantRes(t, "read", run(t, r, func(s *SQE) { s.PrepRead(fd, back, 4096) }), size)
	if got := string(back[:size]); got != string(text) {
		t.Errorf("read %q, wrote %q", got, text)
	}
	wantRes(t, "readv", run(t, r, func(s *SQE) { s.PrepReadv(fd, &halves[0], 2, 4096, 0) }), size)
	if got := string(back[:5]) + string(back[16:22]); got != string(text) {
		t.Errorf("readv %q", got)
	}
	wantRes(t, "writev", run(t, r, func(s *SQE) { s.PrepWritev(fd, &halves[0], 1, 0, 0) }), 5)
	wantRes(t, "read at the end", run(t, r, func(s *SQE) { s.PrepRead(fd, back, 1<<20) }), 0)
	wantRes(t, "fsync", run(t, r, func(s *SQE) { s.PrepFsync(fd, IORING_FSYNC_DATASYNC) }), 0)
	wantRes(t, "statx", run(t, r, func(s *SQE) { s.PrepStatx(unix.AT_FDCWD, path, 0, unix.STATX_SIZE, st) }), 0)
	if st.Size != 4096+uint64(size) {
		t.Errorf("statx: size %d", st.Size)
	}
	wantRes(t, "close", run(t, r, func(s *SQE) { s.PrepClose(fd) }), 0)
	wantRes(t, "read of a closed file", run(t, r, func(s *SQE) { s.PrepRead(fd, back, 0) }), neg(unix.EBADF))
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	wantRes(t, "openat of nothing", run(t, r, func(s *SQE) { s.PrepOpenAt(unix.AT_FDCWD, path, unix.O_RDONLY, 0) }), neg(unix.ENOENT))
}

func TestReadAtTheFilesOwnPosition(t *testing.T) {
	r := openRing(t, Config{})
	if r.Features()&IORING_FEAT_RW_CUR_POS == 0 {
		t.Skip("before 5.6")
	}
	f := tempFile(t, "abcdef")
	buf := make([]byte, 3)
	for _, want := range []string{"abc", "def"} {
		wantRes(t, "read", run(t, r, func(s *SQE) { s.PrepRead(int(f.Fd()), buf, -1) }), 3)
		if string(buf) != want {
			t.Errorf("read %q, want %q", buf, want)
		}
	}
}

func tempFile(t testing.TB, content string) *os.File {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if _, err := f.WriteAt([]byte(content), 0); err != nil {
		t.Fatal(err)
	}
	return f
}
