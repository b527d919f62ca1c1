//go:build linux

package sim_test

import (
	"errors"
	"fmt"
	goio "io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// Files on a simulated host answer as the kernel's do, to the word.
func TestFilesAreAsTheKernels(t *testing.T) {
	old := unix.Umask(0o022)
	defer unix.Umask(old)
	root := t.TempDir()
	real, err := await.Start(await.Config{})
	if err != nil {
		t.Fatal(err)
	}
	want := fileStory(real, root)
	if err := real.Close(); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		io := sim.New(t, 1, sim.Config{}).Host("a", nil).IO()
		if err := io.MkdirAll(root, 0o755); err != nil {
			t.Fatal(err)
		}
		got := fileStory(io, root)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("simulated: %q\n   kernel: %q\nafter %q", got[min(i, len(got)):min(i+1, len(got))],
					want[min(i, len(want)):min(i+1, len(want))], want[:min(i, len(want))])
			}
		}
	})
}

// A log is what calls answered.
type log struct{ lines []string }

func (l *log) tell(results ...any) { l.lines = append(l.lines, fmt.Sprint(results...)) }

// fileStory makes calls on files below root, and tells what they answered.
func fileStory(io *await.IO, root string) []string {
	l := &log{}
	at := func(name string) string { return root + "/" + name }
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR | os.O_CREATE | os.O_EXCL, os.O_RDWR | os.O_CREATE | os.O_EXCL, os.O_RDWR | os.O_TRUNC} {
		f, err := io.OpenFile(at("f"), flag, 0o666)
		l.tell(f == nil, err)
		if err == nil {
			l.onFile(f)
			l.tell(f.Close(), f.Close())
			_, err := f.Write([]byte("x"))
			l.tell(err, f.Sync(), errors.Is(err, os.ErrClosed))
		}
	}
	for _, flag := range []int{os.O_WRONLY, os.O_RDONLY, os.O_WRONLY | os.O_APPEND} {
		f, err := io.OpenFile(at("f"), flag, 0)
		l.tell(err)
		l.onFile(f)
		l.tell(f.Close())
	}
	for _, name := range []string{"f/", "f/x", "none/x", "", strings.Repeat("x", 300), "nul\x00"} {
		_, err := io.Create(at(name))
		l.tell(err)
	}
	l.onDirectory(io, root)
	l.copies(io, root)
	l.tell(io.WriteFile(at("w"), []byte("contents"), 0o600))
	data, err := io.ReadFile(at("w"))
	l.tell(string(data), err)
	_, err = io.ReadFile(at("none"))
	l.tell(err)
	f, err := io.CreateTemp(root, "a*b")
	l.tell(err, f.Close(), io.Remove(f.Name()))
	l.tell(io.Truncate(root+"/copy", 5000))
	l.tell(fstest.TestFS(io.DirFS(root), "f", "w", "copy"))
	return l.lines
}

// onFile makes calls on an open file.
func (l *log) onFile(f *await.File) {
	write := func(n int, err error) { l.tell(n, err) }
	write(f.Write([]byte("hello, ")))
	write(f.WriteString("world"))
	write(f.WriteAt([]byte("W"), 7))
	write(f.WriteAt([]byte("far"), 10_000))
	write(f.WriteAt([]byte("x"), -1))
	write(f.Write(nil))
	for _, c := range []struct {
		off    int64
		whence int
	}{{0, 0}, {-1, 0}, {3, 1}, {-5, 2}, {1 << 50, 0}, {0, 9}, {0, 3}, {0, 4}, {20_000, 4}, {2, 0}} {
		n, err := f.Seek(c.off, c.whence)
		l.tell("seek ", n, err)
	}
	buf := make([]byte, 6)
	n, err := f.Read(buf)
	l.tell(string(buf[:n]), err)
	n, err = f.ReadAt(buf, 10_000)
	l.tell(string(buf[:n]), err)
	n, err = f.ReadAt(buf, 1<<40)
	l.tell(n, err)
	l.tell(f.Truncate(5), f.Truncate(-1), f.Sync(), f.Chmod(0o600|os.ModeSetuid), f.Chown(0, 0))
	info, err := f.Stat()
	l.tell(info.Name(), info.Size(), info.Mode(), info.IsDir(), err)
	l.tell(f.Allocate(0, 100), f.Allocate(-1, 1))
	_, err = f.ReadDir(1)
	l.tell(err)
	_, err = f.Seek(0, 0)
	data, readErr := goio.ReadAll(f)
	l.tell(err, len(data), readErr)
	l.tell(f.Chdir())
}

func (l *log) onDirectory(io *await.IO, root string) {
	l.tell(io.Mkdir(root+"/d", 0o777), io.Symlink("d", root+"/l"))
	for i := range 5 {
		l.tell(io.WriteFile(fmt.Sprintf("%s/d/%d", root, i), nil, 0o666))
	}
	d, err := io.Open(root + "/l")
	l.tell(err)
	l.tell(d.Sync(), d.Truncate(1))
	_, err = d.Read(make([]byte, 1))
	l.tell(err)
	_, err = d.Write([]byte("x"))
	l.tell(err)
	var all []string
	for {
		entries, err := d.ReadDir(2)
		for _, e := range entries {
			all = append(all, fmt.Sprint(e))
		}
		if err != nil {
			slices.Sort(all)
			l.tell(all, err)
			break
		}
	}
	_, err = d.Seek(0, 0)
	infos, readErr := d.Readdir(-1)
	l.tell(err, len(infos), readErr)
	names, err := d.Readdirnames(-1)
	l.tell(len(names), names == nil, err)
	l.tell(io.Remove(root+"/d"), io.RemoveAll(root+"/d/"), io.Remove(root+"/l"))
	names, err = d.Readdirnames(-1)
	l.tell(len(names), err, d.Close())
	_, err = io.Stat(root + "/d")
	l.tell(err, errors.Is(err, fs.ErrNotExist))
}

func (l *log) copies(io *await.IO, root string) {
	l.tell(io.WriteFile(root+"/from", make([]byte, 3<<20), 0o600))
	from, err := io.Open(root + "/from")
	l.tell(err)
	to, err := io.Create(root + "/copy")
	l.tell(err)
	n, err := to.ReadFrom(from)
	l.tell(n, err)
	n, err = to.ReadFrom(strings.NewReader("and more"))
	l.tell(n, err)
	info, err := to.Stat()
	l.tell(info.Size(), err, from.Close(), to.Close(), io.Remove(root+"/from"))
}
