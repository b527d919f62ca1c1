//go:build unix

package await

import (
	"errors"
	"fmt"
	goio "io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// aFile is what os.File and File have in common.
type aFile interface {
	goio.ReadWriteSeeker
	goio.ReaderAt
	goio.WriterAt
	goio.StringWriter
	goio.Closer
	goio.ReaderFrom
	goio.WriterTo
	Name() string
	Sync() error
	Truncate(size int64) error
	Chmod(mode os.FileMode) error
	Stat() (fs.FileInfo, error)
	ReadDir(n int) ([]fs.DirEntry, error)
	Readdir(n int) ([]fs.FileInfo, error)
	Readdirnames(n int) ([]string, error)
	SetDeadline(t time.Time) error
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
	SyscallConn() (syscall.RawConn, error)
	Chown(uid, gid int) error
	Chdir() error
	Fd() uintptr
}

// A way is one of the two to do the same: package os's and ours.
type way struct {
	dir       string // its own, with the same contents for both
	open      func(name string, flag int, perm os.FileMode) (aFile, error)
	mkdir     func(name string, perm os.FileMode) error
	mkdirAll  func(name string, perm os.FileMode) error
	remove    func(name string) error
	removeAll func(name string) error
	rename    func(a, b string) error
	link      func(a, b string) error
	symlink   func(a, b string) error
	readlink  func(name string) (string, error)
	stat      func(name string) (fs.FileInfo, error)
	lstat     func(name string) (fs.FileInfo, error)
	readDir   func(name string) ([]fs.DirEntry, error)
	readFile  func(name string) ([]byte, error)
	writeFile func(name string, data []byte, perm os.FileMode) error
	chmod     func(name string, mode os.FileMode) error
	chtimes   func(name string, accessed, modified time.Time) error

	notes []string // what came of each step
}

func osWay(dir string) *way {
	return &way{
		dir: dir,
		open: func(name string, flag int, perm os.FileMode) (aFile, error) {
			f, err := os.OpenFile(name, flag, perm)
			if err != nil {
				return nil, err
			}
			return f, nil
		},
		mkdir: os.Mkdir, mkdirAll: os.MkdirAll, remove: os.Remove, removeAll: os.RemoveAll,
		rename: os.Rename, link: os.Link, symlink: os.Symlink, readlink: os.Readlink,
		stat: os.Stat, lstat: os.Lstat, readDir: os.ReadDir, readFile: os.ReadFile, writeFile: os.WriteFile,
		chmod: os.Chmod, chtimes: os.Chtimes,
	}
}

func ourWay(io *IO, dir string, config FileConfig) *way {
	config.IO = io
	return &way{
		dir: dir,
		open: func(name string, flag int, perm os.FileMode) (aFile, error) {
			f, err := config.Open(background, name, flag, perm)
			if err != nil {
				return nil, err
			}
			return f, nil
		},
		mkdir: io.Mkdir, mkdirAll: io.MkdirAll, remove: io.Remove, removeAll: io.RemoveAll,
		rename: io.Rename, link: io.Link, symlink: io.Symlink, readlink: io.Readlink,
		stat: io.Stat, lstat: io.Lstat, readDir: io.ReadDir, readFile: io.ReadFile, writeFile: io.WriteFile,
		chmod: io.Chmod, chtimes: io.Chtimes,
	}
}

// path is a path in the way's directory.
func (w *way) path(name string) string { return filepath.Join(w.dir, name) }

// tell notes what came of a step.
func (w *way) tell(step string, err error, values ...any) {
	line := fmt.Sprintf("%s: %v %s", step, values, class(err))
	w.notes = append(w.notes, strings.ReplaceAll(line, w.dir, "DIR"))
}

// mustOpen is open that cannot fail. The test closes the file if it does not.
func (w *way) mustOpen(t *testing.T, name string, flag int, perm os.FileMode) aFile {
	t.Helper()
	f, err := w.open(w.path(name), flag, perm)
	must(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// class is what a program can tell of an error.
func class(err error) string {
	if err == nil {
		return "ok"
	}
	var words []string
	var path *fs.PathError
	var link *os.LinkError
	if errors.As(err, &path) {
		words = append(words, "path", path.Path)
	}
	if errors.As(err, &link) {
		words = append(words, "link", link.Op, link.Old, link.New)
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		words = append(words, errno.Error())
	}
	for _, known := range []error{goio.EOF, os.ErrClosed, os.ErrInvalid, os.ErrNoDeadline, os.ErrDeadlineExceeded, os.ErrExist, os.ErrNotExist, os.ErrPermission} {
		if errors.Is(err, known) {
			words = append(words, "is "+known.Error())
		}
		if err == known {
			words = append(words, "itself")
		}
	}
	return strings.Join(words, ", ")
}

// sideBySide runs steps with package os and with ours, and wants the same of
// both: with ordinary files and with abandonable ones.
func sideBySide(t *testing.T, steps func(t *testing.T, w *way)) {
	t.Helper()
	for name, config := range map[string]FileConfig{"plain": {}, "abandonable": {Lending: LendAlways}} {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			theirs, ours := osWay(tempDir(t)), ourWay(io, tempDir(t), config)
			steps(t, theirs)
			steps(t, ours)
			if len(theirs.notes) != len(ours.notes) {
				t.Errorf("package os tells of %d steps, we of %d", len(theirs.notes), len(ours.notes))
			}
			for i := range min(len(theirs.notes), len(ours.notes)) {
				if theirs.notes[i] != ours.notes[i] {
					t.Errorf("package os: %s\n\t      ours: %s", theirs.notes[i], ours.notes[i])
				}
			}
		})
	}
}

func names(entries []fs.DirEntry) (all []string) {
	for _, e := range entries {
		all = append(all, fs.FormatDirEntry(e))
	}
	slices.Sort(all)
	return all
}
