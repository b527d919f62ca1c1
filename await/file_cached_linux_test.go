package await

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	goio "io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// dropped has the page cache forget part of f, as far as it will.
func dropped(t *testing.T, f *File, off, n int64) {
	t.Helper()
	fd := int(f.Fd())
	must(t, unix.Fsync(fd)) // what is dirty is not forgotten
	must(t, unix.Fadvise(fd, off, n, unix.FADV_DONTNEED))
}

// What the cache has is read without the proactor; the rest through it. What is
// read is the same.
func TestReadsOfWhatIsCachedInPart(t *testing.T) {
	const size, page = 1 << 20, 4096
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, size, os.O_RDONLY)
	must(t, unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_RANDOM)) // no reading ahead
	want := testutil.FileContents(0, size)
	for name, forget := range map[string][2]int64{
		"all is there":        {0, -1},
		"nothing is":          {0, size},
		"the beginning":       {size / 2, size / 2},
		"the end":             {0, size / 2},
		"a page in the midst": {size / 2, page},
	} {
		for _, read := range []string{"ReadAt", "Read"} {
			t.Run(name+"/"+read, func(t *testing.T) {
				if forget[1] > 0 {
					dropped(t, f, forget[0], forget[1])
				}
				got := make([]byte, size)
				if read == "ReadAt" {
					n, err := f.ReadAt(got[page/2:], page/2)
					wantCount(t, read, n, err, size-page/2)
				} else {
					_, err := f.Seek(page/2, goio.SeekStart)
					must(t, err)
					n, err := f.Read(got[page/2:])
					wantCount(t, read, n, err, size-page/2)
					at, err := f.Seek(0, goio.SeekCurrent)
					must(t, err)
					if at != size {
						t.Errorf("the position is %d", at)
					}
				}
				if !bytes.Equal(got[page/2:], want[page/2:]) {
					t.Error("read others than are in the file")
				}
				_, err := goio.ReadFull(goio.NewSectionReader(f, 0, size), got) // all is there again
				must(t, err)
			})
		}
	}
}

func TestReadsOfWhatIsCachedStayWithTheCaller(t *testing.T) {
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, 1<<16, os.O_RDONLY)
	p := make([]byte, 4096)
	_, err := f.ReadAt(p, 0)
	must(t, err)
	if _, errno := sysfile.ReadCached(int(f.Fd()), p, 0, true); errno == unix.EOPNOTSUPP || errno == unix.ENOSYS {
		t.Skip("this file system cannot be told not to wait for the disk")
	}
	before := io.Stats().Completed
	for i := range 100 {
		n, err := f.ReadAt(p, int64(i))
		wantCount(t, "ReadAt", n, err, len(p))
	}
	if elapsed := io.Stats().Completed - before; elapsed > 0 {
		t.Errorf("%d of 100 reads went through the proactor", elapsed)
	}
}

// The end is at, before and past where it is; what lies in a hole is zeros.
func TestReadsAtTheEnd(t *testing.T) {
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, 5000, os.O_RDWR)
	check := func(off int64, size, want int, wantErr error) {
		t.Helper()
		p := make([]byte, size)
		n, err := f.ReadAt(p, off)
		if n != want || err != wantErr {
			t.Errorf("ReadAt %d bytes at %d: %d, %v, want %d, %v", size, off, n, err, want, wantErr)
		}
	}
	check(4999, 1, 1, nil)
	check(4999, 2, 1, goio.EOF)
	check(5000, 1, 0, goio.EOF)
	check(5001, 1, 0, goio.EOF)
	check(0, 8192, 5000, goio.EOF)
	check(0, 5000, 5000, nil)
	check(1<<62, 1, 0, goio.EOF)
	must(t, f.Truncate(1<<20))
	check(5000, 1<<20, 1<<20-5000, goio.EOF)
	check(1<<20-1, 4096, 1, goio.EOF)
	p := make([]byte, 4096)
	testutil.Poison(p)
	n, err := f.ReadAt(p, 1<<19)
	wantCount(t, "ReadAt of a hole", n, err, len(p))
	if !bytes.Equal(p, make([]byte, len(p))) {
		t.Error("a hole is not zeros")
	}
	must(t, f.Truncate(100))
	check(0, 200, 100, goio.EOF)
	must(t, f.Truncate(0))
	check(0, 200, 0, goio.EOF)
}

// A reader sees a file grow, and loses nothing of it; one that is cut under it
// has its end there.
func TestReadsWhileTheFileChanges(t *testing.T) {
	const step, steps = 1000, 2000
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, 0, os.O_RDONLY)
	writer, err := os.OpenFile(f.Name(), os.O_WRONLY|os.O_APPEND, 0)
	must(t, err)
	defer writer.Close()
	want := testutil.FileContents(0, step*steps)
	written := later(func() (int, error) {
		for i := range steps {
			if _, err := writer.Write(want[i*step : (i+1)*step]); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	got := make([]byte, 0, len(want)+1)
	end := time.Now().Add(patience)
	for len(got) < len(want) && time.Now().Before(end) {
		n, err := f.Read(got[len(got):min(cap(got), len(got)+3333)])
		got = got[:len(got)+n]
		if err != nil && err != goio.EOF {
			t.Fatal(err)
		}
	}
	must(t, receive(t, written, "the writer").err)
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes came, not as they were written", len(got))
	}

	cut := later(func() (int, error) {
		for i := range 200 {
			if err := os.Truncate(f.Name(), int64(i%2)*step*steps); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	for p := make([]byte, 1<<16); len(cut) == 0; {
		if n, err := f.ReadAt(p, step); n < len(p) && err != goio.EOF {
			t.Fatalf("%d bytes, %v", n, err)
		}
	}
	must(t, receive(t, cut, "the truncations").err)
}

// Files that know no attempts are read through the proactor, and asked once.
func TestReadsOfFilesOfTheKernel(t *testing.T) {
	io := open(t, Config{})
	for _, name := range []string{"/proc/self/status", "/proc/self/cmdline", "/sys/kernel/mm/transparent_hugepage/enabled", "/dev/zero"} {
		if _, err := outside.Stat(name); err != nil {
			t.Logf("not here: %v", err)
			continue
		}
		f := openFile(t, io, name, os.O_RDONLY)
		p := make([]byte, 4)
		n, err := f.Read(p)
		wantCount(t, "Read of "+name, n, err, 4)
		q := make([]byte, 4)
		n, err = f.ReadAt(q, 0)
		wantCount(t, "ReadAt of "+name, n, err, 4)
		if !bytes.Equal(p, q) {
			t.Errorf("%s: %q and %q", name, p, q)
		}
	}
	theirs, err := outside.ReadFile("/proc/self/cmdline")
	must(t, err)
	ours, err := io.ReadFile("/proc/self/cmdline")
	must(t, err)
	if !bytes.Equal(ours, theirs) {
		t.Errorf("/proc/self/cmdline: %q, want %q", ours, theirs)
	}
}

// What an attempt refuses, the proactor says why.
func TestReadsThatCannotBe(t *testing.T) {
	io := open(t, Config{})
	name := patterned(t, FileConfig{IO: io}, 100, os.O_RDONLY).Name()
	p := make([]byte, 8)
	for _, flag := range []int{os.O_WRONLY, unix.O_PATH} {
		f := openFile(t, io, name, flag)
		_, err := f.ReadAt(p, 0)
		wantIs(t, err, unix.EBADF)
		_, err = f.Read(p)
		wantIs(t, err, unix.EBADF)
	}
	dir := openFile(t, io, filepath.Dir(name), os.O_RDONLY)
	_, err := dir.Read(p)
	wantIs(t, err, unix.EISDIR)
	f := openFile(t, io, name, os.O_RDONLY)
	ended, cause := canceled()
	_, err = f.ReadAtContext(ended, p, 0)
	wantIs(t, err, cause, proactor.ErrCanceled)
	_, err = f.ReadContext(ended, p)
	wantIs(t, err, cause, proactor.ErrCanceled)
	must(t, f.Close())
	_, err = f.ReadAt(p, 0)
	wantIs(t, err, os.ErrClosed)
	_, err = f.Read(p)
	wantIs(t, err, os.ErrClosed)
}

// Reads that a Close meets end with os.ErrClosed, and none meets the file that
// gets the number next.
func TestCloseDuringReadsOfWhatIsCached(t *testing.T) {
	io := open(t, Config{})
	mine := bytes.Repeat([]byte("mine"), 1024)
	dir := tempDir(t)
	must(t, outside.WriteFile(filepath.Join(dir, "mine"), mine, 0o600))
	must(t, outside.WriteFile(filepath.Join(dir, "other"), bytes.Repeat([]byte("else"), 1024), 0o600))
	for range 200 {
		f := openFile(t, io, filepath.Join(dir, "mine"), os.O_RDONLY)
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for p := make([]byte, len(mine)); ; {
					n, err := f.ReadAt(p, 0)
					if !bytes.Equal(p[:n], mine[:n]) {
						t.Error("read another file")
					}
					if errors.Is(err, os.ErrClosed) {
						return
					}
					if err != nil || n != len(p) {
						t.Errorf("%d bytes, %v", n, err)
						return
					}
				}
			})
		}
		must(t, f.Close())
		other := openFile(t, io, filepath.Join(dir, "other"), os.O_RDONLY)
		readers.Wait()
		must(t, other.Close())
	}
}

// The rest of a read that the cache has in part can be stopped, and what was
// there is returned.
func TestCancelOfTheRestOfARead(t *testing.T) {
	io := open(t, Config{})
	f := patterned(t, FileConfig{IO: io}, 1<<20, os.O_RDONLY)
	want := testutil.FileContents(0, 1<<20)
	for range 50 {
		dropped(t, f, 1<<19, 1<<19)
		ctx, cancel := context.WithCancel(background)
		p := make([]byte, 1<<20)
		read := later(func() (int, error) { return f.ReadAtContext(ctx, p, 0) })
		cancel()
		o := receive(t, read, "a read that is stopped")
		if o.err == nil && o.n != len(p) {
			t.Errorf("%d bytes and no error", o.n)
		}
		if o.err != nil {
			wantIs(t, o.err, context.Canceled)
		}
		if !bytes.Equal(p[:o.n], want[:o.n]) {
			t.Error("read others than are in the file")
		}
	}
}

func TestReadsOfABlockDevice(t *testing.T) {
	name, theirs := blockDevice(t)
	want, got := make([]byte, 4096), make([]byte, 4096)
	_, err := theirs.ReadAt(want, 0)
	must(t, err)
	f := openFile(t, open(t, Config{}), name, os.O_RDONLY)
	n, err := f.ReadAt(got, 0)
	wantCount(t, "ReadAt of "+name, n, err, len(got))
	if !bytes.Equal(got, want) {
		t.Errorf("%s: read others than package os", name)
	}
}

// blockDevice opens a loop device, or else a disk that may be read.
func blockDevice(t *testing.T) (name string, f *os.File) {
	t.Helper()
	name, f, err := loopDevice(t)
	for _, device := range []string{"/dev/vda", "/dev/sda", "/dev/nvme0n1"} {
		if err != nil {
			name = device
			f, err = os.Open(device)
		}
	}
	if err != nil {
		t.Skipf("no loop device can be made, and no disk may be read: %v", err)
	}
	t.Cleanup(func() { must(t, f.Close()) })
	return name, f
}

// loopDevice makes a loop device, loop(4), which is gone when all descriptors of it are closed.
func loopDevice(t *testing.T) (name string, f *os.File, err error) {
	t.Helper()
	_, path := testutil.TempFile(t, 1<<20)
	backing, err := os.Open(path)
	must(t, err)
	defer backing.Close()
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	if err != nil {
		return "", nil, err
	}
	defer control.Close()
	for range 10 { // another process may take the one that is free
		n, err := unix.IoctlRetInt(int(control.Fd()), unix.LOOP_CTL_GET_FREE)
		if err != nil {
			return "", nil, err
		}
		name = fmt.Sprintf("/dev/loop%d", n)
		if f, err = os.Open(name); err != nil {
			return "", nil, err
		}
		config := unix.LoopConfig{Fd: uint32(backing.Fd())}
		config.Info.Flags = unix.LO_FLAGS_READ_ONLY | unix.LO_FLAGS_AUTOCLEAR
		if err = unix.IoctlLoopConfigure(int(f.Fd()), &config); err == nil {
			return name, f, nil
		}
		must(t, f.Close())
		if err != unix.EBUSY {
			return "", nil, err
		}
	}
	return "", nil, unix.EBUSY
}
