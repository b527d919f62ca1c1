//go:build unix

package await

import (
	"bytes"
	goio "io"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOpenIsOsOpen(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		try := func(step, name string, flag int, perm os.FileMode) {
			f, err := w.open(w.path(name), flag, perm)
			w.tell(step, err)
			if err != nil {
				return
			}
			info, err := f.Stat()
			must(t, err)
			w.tell(step+" stat", err, info.Mode(), info.Size(), info.Name(), info.IsDir())
			must(t, f.Close())
		}
		try("missing", "missing", os.O_RDONLY, 0)
		try("create", "file", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
		try("create again", "file", os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
		try("sticky", "sticky", os.O_RDWR|os.O_CREATE, 0o640|os.ModeSticky|os.ModeSetgid)
		must(t, w.mkdir(w.path("dir"), 0o700))
		try("directory", "dir", os.O_RDONLY, 0)
		try("directory for writing", "dir", os.O_RDWR, 0)
		try("through a file", "file/x", os.O_RDONLY, 0)
		try("NUL", "a\x00b", os.O_RDONLY, 0)
		try("too long", strings.Repeat("x", 300), os.O_RDONLY, 0)
		try("much too long", strings.Repeat("x/", 3000), os.O_RDONLY, 0)
		must(t, w.symlink("loop", w.path("loop")))
		try("loop", "loop", os.O_RDONLY, 0)
		try("no follow", "loop", os.O_RDONLY|syscall.O_NOFOLLOW, 0)
		try("not a directory", "file", os.O_RDONLY|syscall.O_DIRECTORY, 0)
		f, err := w.open("", os.O_RDONLY, 0)
		w.tell("empty", err, f == nil)
		f, err = w.open("/dev/nonexistent/x", os.O_WRONLY|os.O_CREATE, 0o600)
		w.tell("create below nothing", err, f == nil)
	})
}

func TestReadsAndWritesAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		f := w.mustOpen(t, "file", os.O_RDWR|os.O_CREATE, 0o644)
		n, err := f.Write([]byte("hello world"))
		w.tell("write", err, n)
		n, err = f.Write(nil)
		w.tell("write nothing", err, n)
		n, err = f.WriteString("!")
		w.tell("write string", err, n)
		b := make([]byte, 20)
		for _, step := range []struct {
			off  int64
			size int
		}{{0, 5}, {6, 20}, {12, 20}, {12, 0}, {100, 1}, {-1, 1}, {-1, 0}, {1 << 62, 1}} {
			n, err = f.ReadAt(b[:step.size], step.off)
			w.tell("ReadAt", err, step, n, string(b[:n]))
		}
		n, err = f.Read(b)
		w.tell("read at the end", err, n)
		n, err = f.Read(nil)
		w.tell("read nothing at the end", err, n)
		for _, step := range []struct {
			off    int64
			whence int
		}{{3, goio.SeekStart}, {2, goio.SeekCurrent}, {-4, goio.SeekEnd}, {-100, goio.SeekCurrent}, {0, 77}, {5, goio.SeekStart}} {
			at, err := f.Seek(step.off, step.whence)
			w.tell("seek", err, step, at)
		}
		n, err = f.Read(b[:3])
		w.tell("read after seek", err, n, string(b[:3]))
		n, err = f.WriteAt([]byte("WORLD"), 6)
		w.tell("WriteAt", err, n)
		n, err = f.WriteAt([]byte("far"), 5000)
		w.tell("WriteAt far out", err, n)
		n, err = f.WriteAt([]byte("x"), -1)
		w.tell("WriteAt nowhere", err, n)
		n, err = f.WriteAt(nil, -1)
		w.tell("WriteAt nothing nowhere", err, n)
		n, err = f.Read(b)
		w.tell("read where it was", err, n, string(b[:n]))
		w.tell("truncate", f.Truncate(9))
		w.tell("truncate to nothing less", f.Truncate(-1))
		_, err = f.Seek(0, goio.SeekStart)
		must(t, err)
		all, err := goio.ReadAll(f)
		w.tell("all", err, string(all))
		w.tell("sync", f.Sync())
		w.tell("chmod", f.Chmod(0o600|os.ModeSetuid))
		w.tell("chown", f.Chown(-1, -1))
		info, err := f.Stat()
		w.tell("stat", err, info.Mode(), info.Size())
		w.tell("chdir", f.Chdir())
		if _, err = f.ReadDir(1); runtime.GOOS == "linux" {
			w.tell("ReadDir of a file", err)
		}
		w.tell("ReadDir of a file", nil, err != nil) // package os makes EINVAL of it on BSD
	})
}

func TestUseAfterCloseIsOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		f := w.mustOpen(t, "file", os.O_RDWR|os.O_CREATE, 0o644)
		w.tell("close", f.Close())
		w.tell("close again", f.Close())
		b := make([]byte, 4)
		_, err := f.Read(b)
		w.tell("read", err)
		_, err = f.Read(nil)
		w.tell("read nothing", err)
		_, err = f.ReadAt(b, 0)
		w.tell("ReadAt", err)
		_, err = f.ReadAt(nil, 0)
		w.tell("ReadAt nothing", err)
		_, err = f.Write(b)
		w.tell("write", err)
		_, err = f.Write(nil)
		w.tell("write nothing", err)
		_, err = f.WriteAt(b, 0)
		w.tell("WriteAt", err)
		_, err = f.Seek(0, 0)
		w.tell("seek", err)
		w.tell("sync", f.Sync())
		w.tell("truncate", f.Truncate(1))
		w.tell("chmod", f.Chmod(0o600))
		w.tell("chown", f.Chown(0, 0))
		w.tell("chdir", f.Chdir())
		_, err = f.Stat()
		w.tell("stat", err)
		_, err = f.ReadDir(1)
		w.tell("ReadDir", nil, err != nil)
		_, err = f.ReadFrom(strings.NewReader("x"))
		w.tell("ReadFrom", err)
		_, err = f.WriteTo(new(bytes.Buffer))
		w.tell("WriteTo", err)
		w.tell("name", nil, f.Name(), f.Fd())
	})
}

func TestNilFileIsOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		var f aFile = (*File)(nil)
		if w.isOs() {
			f = (*os.File)(nil)
		}
		b := make([]byte, 4)
		_, err := f.Read(b)
		w.tell("read", err)
		_, err = f.ReadAt(b, 0)
		w.tell("ReadAt", err)
		_, err = f.Write(b)
		w.tell("write", err)
		_, err = f.WriteAt(b, 0)
		w.tell("WriteAt", err)
		_, err = f.Seek(0, 0)
		w.tell("seek", err)
		w.tell("sync", f.Sync())
		w.tell("close", f.Close())
		w.tell("truncate", f.Truncate(1))
		w.tell("chmod", f.Chmod(0o600))
		w.tell("chdir", f.Chdir())
		_, err = f.Stat()
		w.tell("stat", err)
		_, err = f.ReadDir(1)
		w.tell("ReadDir", err)
		_, err = f.Readdirnames(1)
		w.tell("Readdirnames", err)
		_, err = f.ReadFrom(strings.NewReader("x"))
		w.tell("ReadFrom", err)
		_, err = f.WriteTo(new(bytes.Buffer))
		w.tell("WriteTo", err)
		_, err = f.SyscallConn()
		w.tell("SyscallConn", err)
		w.tell("deadline", f.SetDeadline(time.Time{}), f.Fd())
	})
}

func (w *way) isOs() bool {
	f, err := w.open("/dev/null", os.O_RDONLY, 0)
	if err != nil {
		return false
	}
	_ = f.Close()
	_, ok := f.(*os.File)
	return ok
}

func TestModesOfOpeningAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		must(t, w.writeFile(w.path("file"), []byte("0123456789"), 0o644))
		b := make([]byte, 4)
		r := w.mustOpen(t, "file", os.O_RDONLY, 0)
		n, err := r.Write(b)
		w.tell("write to what is read", err, n)
		n, err = r.Write(nil)
		w.tell("write nothing to it", err, n)
		n, err = r.WriteAt(b, 0)
		w.tell("WriteAt to it", err, n)
		w.tell("truncate it", r.Truncate(0))
		o := w.mustOpen(t, "file", os.O_WRONLY, 0)
		n, err = o.Read(b)
		w.tell("read what is written", err, n)
		n, err = o.ReadAt(b, 0)
		w.tell("ReadAt of it", err, n)
		a := w.mustOpen(t, "file", os.O_RDWR|os.O_APPEND, 0)
		n, err = a.Write([]byte("ab"))
		w.tell("append", err, n)
		n, err = a.WriteAt(b, 0)
		w.tell("WriteAt of an appending file", err, n)
		n, err = a.ReadAt(b, 8)
		w.tell("ReadAt of it", err, n, string(b))
		_, err = a.Seek(0, goio.SeekStart)
		must(t, err)
		n, err = a.WriteString("cd")
		w.tell("append again", err, n)
		all, err := w.readFile(w.path("file"))
		w.tell("all", err, string(all))
		s := w.mustOpen(t, "file", os.O_WRONLY|os.O_SYNC|os.O_TRUNC, 0)
		n, err = s.WriteString("synced")
		w.tell("O_SYNC", err, n)
		d := w.mustOpen(t, ".", os.O_RDONLY, 0)
		n, err = d.Read(b)
		w.tell("read of a directory", err, n)
		n, err = d.ReadAt(b, 0)
		w.tell("ReadAt of a directory", err, n)
		w.tell("sync of a directory", d.Sync())
	})
}

func TestDevicesAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		b := bytes.Repeat([]byte{7}, 10000)
		zero, err := w.open("/dev/zero", os.O_RDWR, 0)
		must(t, err)
		defer zero.Close()
		n, err := goio.ReadFull(zero, b) // a signal may cut a read of it short
		w.tell("zeros", err, n, bytes.Count(b, []byte{0}))
		n, err = zero.ReadAt(b, 1<<40)
		w.tell("zeros far out", err, n)
		n, err = zero.Write(b)
		w.tell("write to zero", err, n)
		null, err := w.open("/dev/null", os.O_RDWR, 0)
		must(t, err)
		defer null.Close()
		n, err = null.Read(b)
		w.tell("read of nothing", err, n)
		n, err = null.Write(b)
		w.tell("write to nowhere", err, n)
		at, err := null.Seek(5, goio.SeekStart)
		w.tell("seek in nothing", err, at)
		proc, err := w.open("/proc/self/status", os.O_RDONLY, 0) // of a kind of mount that may hang
		must(t, err)
		defer proc.Close()
		at, err = proc.Seek(-1, goio.SeekStart)
		w.tell("seek before the start", err, at)
		info, err := null.Stat()
		w.tell("stat", err, info.Mode(), info.Size())
	})
}

func TestSparseFilesAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		f := w.mustOpen(t, "file", os.O_RDWR|os.O_CREATE, 0o644)
		_, err := f.WriteAt([]byte("end"), 1<<32)
		must(t, err)
		info, err := f.Stat()
		w.tell("size", err, info.Size())
		for _, whence := range []int{seekData, seekHole} {
			for _, off := range []int64{0, 1 << 32, 1 << 33} {
				at, err := f.Seek(off, whence)
				w.tell("seek", err, whence, off, at)
			}
		}
		b := make([]byte, 10)
		n, err := f.ReadAt(b, 1<<31)
		w.tell("read of the hole", err, n, b)
	})
}

func TestTreeIsOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		w.tell("mkdir", w.mkdir(w.path("d"), 0o750))
		w.tell("mkdir again", w.mkdir(w.path("d"), 0o750))
		w.tell("mkdir below nothing", w.mkdir(w.path("no/d"), 0o750))
		w.tell("mkdir all", w.mkdirAll(w.path("a/b/c"), 0o700))
		w.tell("mkdir all again", w.mkdirAll(w.path("a/b/c"), 0o700))
		w.tell("write", w.writeFile(w.path("d/f"), []byte("data"), 0o600))
		w.tell("mkdir all through a file", w.mkdirAll(w.path("d/f/x"), 0o700))
		w.tell("write below nothing", w.writeFile(w.path("no/f"), nil, 0o600))
		data, err := w.readFile(w.path("d/f"))
		w.tell("read", err, string(data))
		if runtime.GOOS == "linux" {
			data, err = w.readFile("/proc/sys/kernel/ostype")
			w.tell("read of what tells no size", err, string(data))
		}
		_, err = w.readFile(w.path("d"))
		w.tell("read of a directory", err)
		w.tell("link", w.link(w.path("d/f"), w.path("d/hard")))
		w.tell("link again", w.link(w.path("d/f"), w.path("d/hard")))
		w.tell("symlink", w.symlink("f", w.path("d/soft")))
		w.tell("symlink again", w.symlink("f", w.path("d/soft")))
		target, err := w.readlink(w.path("d/soft"))
		w.tell("readlink", err, target)
		_, err = w.readlink(w.path("d/f"))
		w.tell("readlink of none", err)
		for _, name := range []string{"d", "d/f", "d/soft", "no", "d/f/x"} {
			for _, stat := range []func(string) (os.FileInfo, error){w.stat, w.lstat} {
				info, err := stat(w.path(name))
				if err != nil {
					w.tell("", err)
					continue
				}
				sys := info.Sys().(*syscall.Stat_t)
				size := info.Size()
				if info.IsDir() {
					size = 0
				}
				w.tell("", nil, name, info.Name(), size, info.Mode(), info.IsDir(), sys.Nlink, sys.Uid, sys.Mode, sys.Blksize)
			}
		}
		entries, err := w.readDir(w.path("d"))
		w.tell("read dir", err, names(entries))
		_, err = w.readDir(w.path("no"))
		w.tell("read dir of nothing", err)
		w.tell("rename", w.rename(w.path("d/f"), w.path("a/f")))
		w.tell("rename of nothing", w.rename(w.path("d/f"), w.path("a/f")))
		w.tell("rename onto a directory", w.rename(w.path("a/f"), w.path("a/b")))
		w.tell("remove", w.remove(w.path("d/hard")))
		w.tell("remove nothing", w.remove(w.path("d/hard")))
		w.tell("remove what is not empty", w.remove(w.path("a")))
		w.tell("remove all", w.removeAll(w.path("a")))
		w.tell("remove all of nothing", w.removeAll(w.path("a")))
	})
}

func TestDirectoriesAreOs(t *testing.T) {
	sideBySide(t, func(t *testing.T, w *way) {
		for _, name := range []string{"a", "b", "c", "d", "e"} {
			must(t, w.writeFile(w.path(name), nil, 0o600))
		}
		d := w.mustOpen(t, ".", os.O_RDONLY, 0)
		some, err := d.ReadDir(2)
		w.tell("two", err, len(some))
		more, err := d.ReadDir(2)
		w.tell("two more", err, len(more))
		some = append(some, more...)
		more, err = d.ReadDir(0)
		w.tell("the rest", err, len(more))
		w.tell("all", nil, names(append(some, more...)))
		more, err = d.ReadDir(1)
		w.tell("at the end", err, len(more))
		at, err := d.Seek(0, goio.SeekStart)
		w.tell("rewind", err, at)
		all, err := d.Readdirnames(-1)
		w.tell("names", err, len(all))
		_, err = d.Seek(0, goio.SeekStart)
		must(t, err)
		infos, err := d.Readdir(-1)
		w.tell("infos", err, len(infos))
		w.tell("close", d.Close())
		_, err = d.ReadDir(1)
		w.tell("closed", nil, err != nil)
	})
}
