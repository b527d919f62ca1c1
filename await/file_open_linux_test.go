package await

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A file is opened, asked about and closed without the proactor.
func TestOpenStaysWithTheCaller(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	name := filepath.Join(dir, "file")
	must(t, outside.WriteFile(name, []byte("hello"), 0o600))
	must(t, outside.Symlink(name, filepath.Join(dir, "link")))
	for _, name := range []string{name, filepath.Join(dir, "link"), dir} {
		before := io.Stats().Completed
		f := openFile(t, io, name, os.O_RDONLY)
		info, err := f.Stat()
		must(t, err)
		theirs, err := outside.Stat(name)
		must(t, err)
		if !SameFile(info, theirs) || info.Mode() != theirs.Mode() || info.Size() != theirs.Size() || !info.ModTime().Equal(theirs.ModTime()) {
			t.Errorf("%s: %v, want %v", name, info, theirs)
		}
		closes := f.d.Kind != fdcall.Disk
		must(t, f.Close())
		if elapsed := io.Stats().Completed - before; elapsed > 0 && !closes {
			t.Errorf("%s: %d operations went through the proactor", name, elapsed)
		}
		if _, err := f.Stat(); !errors.Is(err, os.ErrClosed) {
			t.Errorf("Stat of a closed file: %v", err)
		}
	}
}

// A FIFO waits for its other end, however its name leads to it, and other opens
// of files do not. It lets nobody go on before, and can be stopped.
func TestOpenOfAFIFOWaits(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	path := filepath.Join(dir, "fifo")
	must(t, unix.Mkfifo(path, 0o600))
	must(t, outside.Symlink("fifo", filepath.Join(dir, "link")))
	must(t, outside.WriteFile(filepath.Join(dir, "file"), nil, 0o600))
	for _, name := range []string{path, filepath.Join(dir, "link")} {
		for way, flag := range map[string]int{"reader": os.O_RDONLY, "writer": os.O_WRONLY} {
			opened := later(func() (int, error) {
				f, err := io.OpenFile(name, flag, 0)
				if err == nil {
					err = f.Close()
				}
				return 0, err
			})
			waitInFlight(t, io, 1)
			for range 20 {
				must(t, openFile(t, io, filepath.Join(dir, "file"), os.O_RDONLY).Close())
			}
			time.Sleep(10 * time.Millisecond)
			if len(opened) > 0 {
				t.Errorf("the %s of a FIFO did not wait: %v", way, (<-opened).err)
				continue
			}
			other, err := os.OpenFile(path, flag^os.O_WRONLY, 0)
			must(t, err)
			must(t, receive(t, opened, "the open of a FIFO").err)
			must(t, other.Close())
		}
		if !testutil.Holds(t, io.Backend(), "an open that waits can be stopped") {
			continue
		}
		ctx, stop, cause := ending()
		opened := later(func() (int, error) {
			_, err := io.OpenContext(ctx, name)
			return 0, err
		})
		waitInFlight(t, io, 1)
		stop()
		wantIs(t, receive(t, opened, "the end of an open").err, cause)
		_, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK, 0)
		if err != unix.ENXIO {
			t.Errorf("somebody still reads the FIFO: %v", err)
		}
	}
}

// Errors are package os's, wherever they are found.
func TestOpenOfWhatCannotBeOpened(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	must(t, outside.Chmod(dir, 0o755))
	must(t, outside.Chmod(filepath.Dir(dir), 0o755))
	must(t, outside.WriteFile(filepath.Join(dir, "secret"), nil, 0o600))
	must(t, outside.Mkdir(filepath.Join(dir, "locked"), 0o700))
	must(t, outside.WriteFile(filepath.Join(dir, "locked", "file"), nil, 0o644))
	must(t, outside.Symlink("nothing", filepath.Join(dir, "dangling")))
	must(t, outside.Symlink("secret", filepath.Join(dir, "link")))
	testutil.AsNobody(t, func() {
		for _, name := range []string{"secret", "locked/file", "locked/missing", "missing", "missing/file", "secret/file", "dangling", "link", "."} {
			for _, flag := range []int{0, os.O_WRONLY, os.O_RDWR | os.O_APPEND, unix.O_NOFOLLOW, unix.O_DIRECTORY, unix.O_NOATIME} {
				name := filepath.Join(dir, name)
				theirs, want := os.OpenFile(name, flag, 0)
				if want == nil {
					must(t, theirs.Close())
				}
				ours, err := io.OpenFile(name, flag, 0)
				if err == nil {
					must(t, ours.Close())
				}
				if class(err) != class(want) {
					t.Errorf("%s with %#x: %v, want %v", name, flag, err, want)
				}
			}
		}
	})
}

// A file that is opened at once has the mode it was opened with.
func TestFlagsOfWhatIsOpenedAtOnce(t *testing.T) {
	io := open(t, Config{})
	name := patterned(t, FileConfig{IO: io}, 100, os.O_RDONLY).Name()
	for _, flag := range []int{os.O_RDONLY, os.O_WRONLY, os.O_RDWR, os.O_RDWR | os.O_APPEND, os.O_RDWR | os.O_SYNC, unix.O_NONBLOCK} {
		f := openFile(t, io, name, flag)
		got, err := fileFlags(t, int(f.Fd()))
		must(t, err)
		theirs, err := unix.Open(name, flag|sysfile.OpenFlags, 0)
		must(t, err)
		own(t, theirs)
		want, err := fileFlags(t, theirs)
		must(t, err)
		if got != want {
			t.Errorf("opened with %#x: flags %#x, want %#x", flag, got, want)
		}
		closeOnExec, err := fdFlags(t, int(f.Fd()))
		must(t, err)
		if closeOnExec&unix.FD_CLOEXEC == 0 {
			t.Error("not close-on-exec")
		}
	}
}
