//go:build unix

package await

import (
	"context"
	"errors"
	"fmt"
	goio "io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// aRoot is what os.Root and Root have in common, but for what they open.
type aRoot interface {
	Name() string
	Close() error
	ReadFile(name string) ([]byte, error)
	WriteFile(name string, data []byte, perm os.FileMode) error
	Stat(name string) (fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	Readlink(name string) (string, error)
	Mkdir(name string, perm os.FileMode) error
	MkdirAll(name string, perm os.FileMode) error
	Remove(name string) error
	RemoveAll(name string) error
	Rename(oldName, newName string) error
	Link(oldName, newName string) error
	Symlink(oldName, newName string) error
	Chmod(name string, mode os.FileMode) error
	Chown(name string, uid, gid int) error
	Lchown(name string, uid, gid int) error
	Chtimes(name string, accessed, modified time.Time) error
	FS() fs.FS
}

var (
	_ aRoot = (*os.Root)(nil)
	_ aRoot = (*Root)(nil)
)

// A treeWay is one of the two to do the same with a tree: package os's and ours.
type treeWay struct {
	setup      outsider
	fs         func(dir string) fs.FS
	dir        string
	truncate   func(name string, size int64) error
	chown      func(name string, uid, gid int) error
	lchown     func(name string, uid, gid int) error
	createTemp func(dir, pattern string) (aFile, error)
	mkdirTemp  func(dir, pattern string) (string, error)
	copyFS     func(dir string, fsys fs.FS) error
	openInRoot func(dir, name string) (aFile, error)
	openRoot   func(name string) (aRoot, error)
	inner      func(r aRoot, name string) (aRoot, error)
	open       func(r aRoot, name string, flag int, perm os.FileMode) (aFile, error)

	notes []string
}

func osTree(dir string) *treeWay {
	return &treeWay{
		setup: kernelOutside{}, fs: os.DirFS, dir: dir, truncate: os.Truncate, chown: os.Chown, lchown: os.Lchown,
		createTemp: func(dir, pattern string) (aFile, error) { return some[aFile](os.CreateTemp(dir, pattern)) },
		mkdirTemp:  os.MkdirTemp, copyFS: os.CopyFS,
		openInRoot: func(dir, name string) (aFile, error) { return some[aFile](os.OpenInRoot(dir, name)) },
		openRoot:   func(name string) (aRoot, error) { return some[aRoot](os.OpenRoot(name)) },
		inner:      func(r aRoot, name string) (aRoot, error) { return some[aRoot](r.(*os.Root).OpenRoot(name)) },
		open: func(r aRoot, name string, flag int, perm os.FileMode) (aFile, error) {
			return some[aFile](r.(*os.Root).OpenFile(name, flag, perm))
		},
	}
}

func ourTree(io *IO, dir string) *treeWay {
	return &treeWay{
		setup: outside, fs: treeOf(io), dir: dir, truncate: io.Truncate, chown: io.Chown, lchown: io.Lchown,
		createTemp: func(dir, pattern string) (aFile, error) { return some[aFile](io.CreateTemp(dir, pattern)) },
		mkdirTemp:  io.MkdirTemp, copyFS: io.CopyFS,
		openInRoot: func(dir, name string) (aFile, error) { return some[aFile](io.OpenInRoot(dir, name)) },
		openRoot:   func(name string) (aRoot, error) { return some[aRoot](io.OpenRoot(name)) },
		inner:      func(r aRoot, name string) (aRoot, error) { return some[aRoot](r.(*Root).OpenRoot(name)) },
		open: func(r aRoot, name string, flag int, perm os.FileMode) (aFile, error) {
			return some[aFile](r.(*Root).OpenFile(name, flag, perm))
		},
	}
}

// some is v as an I, and no I that is a nil pointer.
func some[I any, T any](v *T, err error) (I, error) {
	if err != nil {
		var none I
		return none, err
	}
	return any(v).(I), nil
}

// digits are the random part of a name.
var digits = regexp.MustCompile(`[0-9]{3,}`)

// tell notes what came of a step: the values, and the error with its type and text.
func (w *treeWay) tell(step string, err error, values ...any) {
	line := fmt.Sprintf("%s: %v, %T %v, %s", step, values, err, err, class(err))
	w.notes = append(w.notes, digits.ReplaceAllString(strings.ReplaceAll(line, w.dir, "DIR"), "N"))
}

func (w *treeWay) path(name string) string { return filepath.Join(w.dir, name) }

// onTrees runs steps with package os and with ours, and wants the same of both.
func onTrees(t *testing.T, steps func(t *testing.T, w *treeWay)) {
	t.Helper()
	io := open(t, Config{})
	theirs, ours := osTree(tempDir(t)), ourTree(io, tempDir(t))
	for _, w := range []*treeWay{theirs, ours} {
		must(t, w.setup.MkdirAll(w.path("a/b"), 0o700))
		must(t, w.setup.WriteFile(w.path("a/file"), []byte("data"), 0o600))
		must(t, w.setup.Symlink("file", w.path("a/link")))
		must(t, w.setup.Symlink("../..", w.path("a/out")))
		must(t, w.setup.Symlink("/", w.path("a/absolute")))
		must(t, w.setup.Symlink("nothing", w.path("a/dangling")))
		steps(t, w)
	}
	if len(theirs.notes) != len(ours.notes) {
		t.Errorf("package os tells of %d steps, we of %d", len(theirs.notes), len(ours.notes))
	}
	for i := range min(len(theirs.notes), len(ours.notes)) {
		if theirs.notes[i] != ours.notes[i] {
			t.Errorf("package os: %s\n\t      ours: %s", theirs.notes[i], ours.notes[i])
		}
	}
}

var awkwardNames = []string{
	"a/file", "a/link", "a/dangling", "a/nothing", "a", "a/b", "a/file/x", "", "a/\x00", "a/" + strings.Repeat("x", 300),
}

func TestAttributesOfTheTreeAreTheSame(t *testing.T) {
	onTrees(t, func(t *testing.T, w *treeWay) {
		for _, name := range awkwardNames {
			for _, size := range []int64{10, 0, -1} {
				w.tell("truncate "+name, w.truncate(w.path(name), size))
			}
			w.tell("chown "+name, w.chown(w.path(name), -1, -1))
			w.tell("lchown "+name, w.lchown(w.path(name), os.Getuid(), os.Getgid()))
		}
		info, err := w.setup.Stat(w.path("a/link"))
		must(t, err)
		w.tell("size", nil, info.Size())
	})
}

func TestTemporariesAreTheSame(t *testing.T) {
	onTrees(t, func(t *testing.T, w *treeWay) {
		t.Setenv("TMPDIR", w.path("a"))
		for _, pattern := range []string{"", "x", "x*", "*x", "a*b*c", "a/b", "*/", "\x00", strings.Repeat("x", 300)} {
			for _, dir := range []string{w.path("a/b"), w.path("a/b") + "/", w.path("a/nothing"), w.path("a/file"), ""} {
				if simulated && dir == "" {
					continue // TMPDIR is no host's
				}
				f, err := w.createTemp(dir, pattern)
				w.tell("create "+dir+" "+pattern, err)
				if err == nil {
					info, err := f.Stat()
					must(t, err)
					_, err = f.WriteString("data")
					w.tell("it", err, f.Name(), info.Mode(), info.Size())
					must(t, f.Close())
				}
				name, err := w.mkdirTemp(dir, pattern)
				w.tell("mkdir "+dir+" "+pattern, err, name)
				if err == nil {
					info, err := w.setup.Stat(name)
					must(t, err)
					w.tell("it", nil, info.Mode())
				}
			}
		}
	})
}

func TestCopiesOfTreesAreTheSame(t *testing.T) {
	onTrees(t, func(t *testing.T, w *treeWay) {
		must(t, w.setup.Chmod(w.path("a/file"), 0o751))
		must(t, w.setup.WriteFile(w.path("a/b/large"), testutil.FileContents(0, 1<<18), 0o600))
		w.tell("copy", w.copyFS(w.path("copy"), w.fs(w.path("a"))))
		w.tell("again", w.copyFS(w.path("copy"), w.fs(w.path("a"))))
		w.tell("into a file", w.copyFS(w.path("a/file"), w.fs(w.path("a/b"))))
		w.tell("of nothing", w.copyFS(w.path("none"), w.fs(w.path("a/nothing"))))
		w.tell("of a map", w.copyFS(w.path("map"), fstest.MapFS{"x/y": {Data: []byte("data"), Mode: 0o444}}))
		w.tell("of a pipe", w.copyFS(w.path("pipe"), fstest.MapFS{"x": {Mode: fs.ModeNamedPipe}}))
		w.tell("broken", w.copyFS(w.path("broken"), brokenFS{}))
		must(t, fs.WalkDir(w.fs(w.dir), ".", func(path string, entry fs.DirEntry, err error) error {
			must(t, err)
			info, err := entry.Info()
			must(t, err)
			w.tell("walk", nil, path, info.Mode())
			if info.Mode().IsRegular() {
				data, err := w.setup.ReadFile(w.path(path))
				w.tell("contents", err, string(data))
			}
			return nil
		}))
	})
}

// treeOf is os.DirFS, of the machine that io works on.
func treeOf(io *IO) func(dir string) fs.FS {
	if simulated {
		return io.DirFS
	}
	return os.DirFS
}

// A brokenFS has a file that fails in the middle.
type brokenFS struct{}

type brokenFile struct {
	fs.File
	read bool
}

var errBroken = errors.New("broken")

func (brokenFS) Open(name string) (fs.File, error) {
	f, err := fstest.MapFS{"file": {Data: []byte("data")}}.Open(name)
	if name == "file" && err == nil {
		return &brokenFile{File: f}, nil
	}
	return f, err
}

func (f *brokenFile) Read(p []byte) (int, error) {
	if f.read {
		return 0, errBroken
	}
	f.read = true
	return f.File.Read(p)
}

func TestCopyFSEndsWithItsContext(t *testing.T) {
	io := open(t, Config{Workers: 1})
	from, to := tempDir(t), tempDir(t)
	must(t, outside.WriteFile(filepath.Join(from, "file"), testutil.FileContents(0, 1<<18), 0o600))
	must(t, io.CopyFS(filepath.Join(to, "ours"), io.DirFS(from))) // with one place for calls that block
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	must(t, io.CopyFSContext(ctx, filepath.Join(to, "cancelable"), io.DirFS(from)))
	data, err := outside.ReadFile(filepath.Join(to, "cancelable", "file"))
	must(t, err)
	if string(data) != string(testutil.FileContents(0, 1<<18)) {
		t.Error("the copy is another")
	}
	ended, cause := canceled()
	err = io.CopyFSContext(ended, filepath.Join(to, "ended"), io.DirFS(from))
	wantIs(t, err, cause, proactor.ErrCanceled)
	wantIs(t, io.CopyFSContext(noContext, filepath.Join(to, "nil"), io.DirFS(from)), os.ErrInvalid)
}

func TestRootsAreTheSame(t *testing.T) {
	onTrees(t, func(t *testing.T, w *treeWay) {
		for _, name := range []string{"a", "a/file", "a/nothing", "", "a/out"} {
			path := ""
			if name != "" {
				path = w.path(name)
			}
			r, err := w.openRoot(path)
			w.tell("open root "+name, err)
			if err == nil {
				w.tell("name", r.Close(), r.Name())
			}
		}
		for _, name := range rootNames {
			f, err := w.openInRoot(w.path("a"), name)
			w.tell("open in root "+name, err)
			if err == nil {
				w.tell("name", f.Close(), f.Name())
			}
		}
		r, err := w.openRoot(w.path("a"))
		must(t, err)
		for _, name := range rootNames {
			useRoot(w, r, name)
		}
		useRootsTwo(w, r)
		useRootFS(w, r)
		w.tell("close", r.Close())
		w.tell("close again", r.Close())
		for _, name := range []string{"file", "x"} {
			useRoot(w, r, name)
		}
		useRootsTwo(w, r)
	})
}

var rootNames = []string{
	"file", "link", "b", ".", "", "dangling", "nothing", "b/nothing/x", "file/x", "..", "../a/file", "b/../file", "b/../../x",
	"out", "out/x", "absolute", "absolute/etc", "/etc/passwd", "b/", "x\x00", "./file",
}

// useRoot makes each call that takes one name.
func useRoot(w *treeWay, r aRoot, name string) {
	for _, flag := range []int{os.O_RDONLY, os.O_RDWR, os.O_WRONLY | os.O_CREATE | os.O_EXCL, os.O_RDWR | os.O_APPEND} {
		f, err := w.open(r, name, flag, 0o640)
		w.tell(fmt.Sprintf("open %q %#x", name, flag), err)
		if err != nil {
			continue
		}
		info, err := f.Stat()
		w.tell("it", err, f.Name(), info.Mode())
		data, err := goio.ReadAll(f)
		w.tell("read", err, string(data))
		w.tell("close", f.Close())
	}
	inner, err := w.inner(r, name)
	w.tell("root "+name, err)
	if err == nil {
		w.tell("its name", inner.Close(), inner.Name())
	}
	info, err := r.Stat(name)
	w.tell("stat "+name, err, notes(info))
	info, err = r.Lstat(name)
	w.tell("lstat "+name, err, notes(info))
	target, err := r.Readlink(name)
	w.tell("readlink "+name, err, target)
	data, err := r.ReadFile(name)
	w.tell("read "+name, err, string(data))
	w.tell("chmod "+name, r.Chmod(name, 0o700))
	w.tell("chown "+name, r.Chown(name, -1, -1))
	w.tell("lchown "+name, r.Lchown(name, -1, -1))
	w.tell("chtimes "+name, r.Chtimes(name, time.Time{}, time.Unix(1e9, 0)))
	w.tell("mkdir "+name, r.Mkdir(name, 0o750))
	w.tell("write "+name, r.WriteFile(name, []byte("written"), 0o600))
	w.tell("mkdirall "+name, r.MkdirAll(name, 0o750))
	if name == "nothing" || name == "dangling" {
		w.tell("remove "+name, r.Remove(name))
		w.tell("remove again "+name, r.Remove(name))
	}
}

func notes(info fs.FileInfo) string {
	if info == nil {
		return "none"
	}
	return fs.FormatFileInfo(info)[:10] + info.Name()
}

// useRootsTwo makes the calls that take two names, and those that remove.
func useRootsTwo(w *treeWay, r aRoot) {
	for _, names := range [][2]string{
		{"file", "b/new"}, {"file", "b/new"}, {"nothing2", "x"}, {"../x", "x"}, {"file", "../x"}, {"out/x", "x"}, {"file", "absolute/x"},
	} {
		w.tell("link "+names[0]+" "+names[1], r.Link(names[0], names[1]))
		w.tell("symlink "+names[0]+" "+names[1], r.Symlink(names[0], names[1]+"s"))
		w.tell("rename "+names[0]+" "+names[1], r.Rename(names[0], names[1]+"r"))
		w.tell("back", r.Rename(names[1]+"r", names[0]))
	}
	for _, name := range []string{"b/news", "b", "..", ".", "out", "../x", "nothing3"} {
		w.tell("remove "+name, r.Remove(name))
		w.tell("removeall "+name, r.RemoveAll(name))
	}
}

func useRootFS(w *treeWay, r aRoot) {
	tree := r.FS()
	for _, name := range []string{".", "file", "out", "..", "/", "link", "nothing4", "a//b"} {
		f, err := tree.Open(name)
		w.tell("fs open "+name, err)
		if err == nil {
			w.tell("close", f.Close())
		}
		entries, err := fs.ReadDir(tree, name)
		w.tell("fs readdir "+name, err, names(entries))
		data, err := fs.ReadFile(tree, name)
		w.tell("fs read "+name, err, string(data))
		info, err := fs.Stat(tree, name)
		w.tell("fs stat "+name, err, notes(info))
		info, err = fs.Lstat(tree, name)
		w.tell("fs lstat "+name, err, notes(info))
		target, err := fs.ReadLink(tree, name)
		w.tell("fs readlink "+name, err, target)
	}
}

func TestFilesOfARootAreOurs(t *testing.T) {
	io := open(t, Config{})
	dir := tempDir(t)
	must(t, unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	r, err := io.OpenRoot(dir)
	must(t, err)
	defer r.Close()
	f, err := r.OpenFile("fifo", os.O_RDWR, 0)
	must(t, err)
	defer f.Close()
	flags, err := fileFlags(t, int(f.Fd()))
	must(t, err)
	if flags&unix.O_NONBLOCK != 0 {
		t.Error("the FIFO is in non-blocking mode")
	}
	ctx, stop, cause := ending()
	read := later(func() (int, error) { return f.ReadContext(ctx, make([]byte, 1)) })
	waitUnderWay(t, io, 1)
	stop()
	wantIs(t, receive(t, read, "end of the read").err, cause)
	other, err := r.OpenFile("fifo", os.O_RDWR|unix.O_NONBLOCK, 0)
	must(t, err)
	defer other.Close()
	if flags, err = fileFlags(t, int(other.Fd())); err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("the FIFO is in blocking mode: %v", err)
	}
	created, err := r.Create("new")
	must(t, err)
	must(t, created.Close())
	ended, cause := canceled()
	_, err = r.OpenFileContext(ended, "new", os.O_RDONLY, 0)
	wantIs(t, err, cause)
	opened, err := r.Open("new")
	must(t, err)
	must(t, opened.Close())
	must(t, r.Remove("fifo")) // which would be read
	must(t, fstest.TestFS(r.FS(), "new"))
}

func TestPipes(t *testing.T) {
	io := open(t, Config{})
	theirs, ours := &way{dir: "-"}, &way{dir: "-"}
	r, w, err := os.Pipe()
	must(t, err)
	pipeSteps(theirs, r, w)
	ourR, ourW, err := io.Pipe()
	must(t, err)
	for _, f := range []*File{ourR, ourW} {
		flags, err := fdFlags(t, int(f.Fd()))
		if err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("%s is not close-on-exec: %v", f.Name(), err)
		}
	}
	pipeSteps(ours, ourR, ourW)
	for i := range theirs.notes {
		if theirs.notes[i] != ours.notes[i] {
			t.Errorf("package os: %s\n\t      ours: %s", theirs.notes[i], ours.notes[i])
		}
	}
}

func pipeSteps(w *way, r, f aFile) {
	w.tell("names", nil, r.Name(), f.Name())
	n, err := f.Write([]byte("data"))
	w.tell("write", err, n)
	p := make([]byte, 8)
	n, err = r.Read(p)
	w.tell("read", err, string(p[:n]))
	w.tell("deadline", r.SetReadDeadline(time.Now().Add(time.Millisecond)))
	n, err = r.Read(p)
	w.tell("read", err, n)
	w.tell("deadline", r.SetReadDeadline(time.Time{}))
	n, err = f.Read(p)
	w.tell("read of the end to write to", err, n)
	n, err = r.Write(p)
	w.tell("write to the end to read", err, n)
	_, err = r.ReadAt(p, 0)
	w.tell("readat", err)
	_, err = f.Seek(0, 0)
	w.tell("seek", err)
	w.tell("close", f.Close())
	n, err = r.Read(p)
	w.tell("end", err, n)
	w.tell("close", r.Close())
	w.tell("close again", r.Close())
}

// The functions are the methods of the default IO.
func TestTreeFunctions(t *testing.T) {
	testutil.CheckLeaks(t)
	if _, err := Default(); errors.Is(err, errors.ErrUnsupported) {
		t.Skipf("no backend on %s: %v", runtime.GOOS, err)
	}
	defer func() { must(t, defaultIO.Close()) }()
	dir := tempDir(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	must(t, MkdirContext(background, path("d"), 0o700))
	must(t, MkdirAllContext(background, path("d/e"), 0o700))
	must(t, WriteFileContext(background, path("file"), []byte("data"), 0o600))
	must(t, TruncateContext(background, path("file"), 2))
	must(t, Truncate(path("file"), 3))
	data, err := ReadFileContext(background, path("file"))
	must(t, err)
	if string(data) != "da\x00" {
		t.Errorf("got %q", data)
	}
	must(t, LinkContext(background, path("file"), path("hard")))
	must(t, SymlinkContext(background, "file", path("soft")))
	target, err := ReadlinkContext(background, path("soft"))
	must(t, err)
	if target != "file" {
		t.Errorf("got %q", target)
	}
	must(t, ChmodContext(background, path("file"), 0o640))
	must(t, ChtimesContext(background, path("file"), time.Time{}, time.Unix(1e9, 0)))
	must(t, Chown(path("file"), -1, -1))
	must(t, ChownContext(background, path("file"), -1, -1))
	must(t, Lchown(path("soft"), -1, -1))
	must(t, LchownContext(background, path("soft"), -1, -1))
	must(t, RenameContext(background, path("hard"), path("harder")))
	must(t, RemoveContext(background, path("harder")))
	must(t, CopyFS(path("copy"), DirFS(path("d"))))
	must(t, CopyFSContext(background, path("copy2"), DirFS(path("d"))))
	must(t, RemoveAllContext(background, path("copy")))
	entries, err := ReadDirContext(background, dir)
	must(t, err)
	if got := strings.Join(names(entries), " "); got != "- file d copy2/ d d/ L soft" && len(entries) != 4 {
		t.Errorf("got %q", got)
	}
	created, err := CreateContext(background, path("created"))
	must(t, err)
	must(t, created.Close())
	useTemporaries(t, dir)
	useRoots(t, dir)
}

func useTemporaries(t *testing.T, dir string) {
	f, err := CreateTemp(dir, "x*")
	must(t, err)
	must(t, f.Close())
	f, err = CreateTempContext(background, dir, "x*")
	must(t, err)
	must(t, f.Close())
	_, err = MkdirTemp(dir, "y*")
	must(t, err)
	_, err = MkdirTempContext(background, dir, "y*")
	must(t, err)
	r, w, err := Pipe()
	must(t, err)
	must(t, errors.Join(r.Close(), w.Close()))
}

func useRoots(t *testing.T, dir string) {
	r, err := OpenRoot(dir)
	must(t, err)
	must(t, r.Close())
	r, err = OpenRootContext(background, dir)
	must(t, err)
	must(t, r.Close())
	f, err := OpenInRoot(dir, "file")
	must(t, err)
	must(t, f.Close())
	f, err = OpenInRootContext(background, dir, "file")
	must(t, err)
	must(t, f.Close())
}
