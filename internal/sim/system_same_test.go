//go:build linux

package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/internal/system"
)

// The tree and the files of a simulated host answer as the kernel's do, to the word.
func TestTreeIsAsTheKernels(t *testing.T) {
	old := unix.Umask(umask)
	defer unix.Umask(old)
	root := t.TempDir()
	kernel := story(t, system.Kernel{}, root)
	b := newHostIn(t)
	if err := b.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	simulated := story(t, struct {
		system.Files
		system.Tree
	}{b, b}, root)
	if !slices.Equal(simulated, kernel) {
		for i := range kernel {
			if i >= len(simulated) || simulated[i] != kernel[i] {
				t.Errorf("simulated: %s\n   kernel: %s", simulated[i], kernel[i])
			}
		}
	}
}

func newHostIn(t *testing.T) *Boot {
	t.Helper()
	h, err := New(1, Options{}).AddHost("a")
	if err != nil {
		t.Fatal(err)
	}
	return h.Boot()
}

// A teller writes down what calls answer.
type teller struct {
	s interface {
		system.Files
		system.Tree
	}
	lines []string
}

func (l *teller) tell(format string, args ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, args...))
}

// story makes calls on a tree below root, and tells what they answered.
func story(t *testing.T, s interface {
	system.Files
	system.Tree
}, root string) []string {
	t.Helper()
	l := &teller{s: s}
	at := func(name string) string { return root + "/" + name }
	l.tell("mkdir %v %v", s.Mkdir(at("d"), 0o777), s.Mkdir(at("d"), 0o777))
	l.tell("mkdir %v %v", s.Mkdir(at("none/d"), 0o777), s.Mkdir(at(strings.Repeat("x", 256)), 0o777))
	l.tell("mkdirall %v %v", s.MkdirAll(at("a/b/c/"), 0o750), s.MkdirAll(at("a/b/./."), 0o750))
	l.tell("mkdir %v", s.Mkdir(at("nul\x00"), 0o777))
	l.tell("symlink %v %v", s.Symlink("d", at("l")), s.Symlink("d", at("l")))
	l.tell("symlink %v %v", s.Symlink("loop", at("loop")), s.Symlink("", at("empty")))
	for _, name := range []string{"d", "l", "loop", "none", "a/b/c", "l/..", "nul\x00", ""} {
		l.stat(at(name), sysfile.StatFollow)
		l.stat(at(name), sysfile.StatNoFollow)
		target, err := s.Readlink(at(name))
		l.tell("readlink %q %v", target, err)
	}
	l.tell("link %v %v", s.Link(at("d"), at("dd")), s.Link(at("l"), at("l2")))
	l.tell("link %v %v", s.Link(at("none"), at("n")), s.Link(at("l"), at("d")))
	l.tell("rename %v %v", s.Rename(at("d"), at("a")), s.Rename(at("none"), at("a")))
	l.tell("rename %v %v", s.Rename(at("a"), at("a/b/x")), s.Rename(at("l2"), at("l3")))
	l.tell("rename %v %v", s.Rename(at("l"), at("l")), s.Rename(at("d"), at("d")))
	l.tell("chmod %v %v", s.Chmod(at("l"), 0o700|fs.ModeSticky), s.Chmod(at("none"), 0))
	l.tell("chown %v %v", s.Chown(at("d"), 1, -1), s.Lchown(at("l"), 2, 3))
	l.tell("chtimes %v", s.Chtimes(at("d"), time.Unix(1, 2), time.Unix(3, 4)))
	l.tell("chtimes %v", s.Chtimes(at("d"), time.Time{}, time.Unix(5, 6)))
	l.tell("truncate %v %v", s.Truncate(at("d"), 1), s.Truncate(at("none"), 1))
	l.tell("truncate %v", s.Truncate(at("d"), -1))
	l.stat(at("d"), sysfile.StatFollow)
	l.stat(at("l"), sysfile.StatNoFollow)
	l.readDir(root)
	l.readDir(at("none"))
	l.readDir(at("loop"))
	l.tell("remove %v %v", s.Remove(at("a")), s.Remove(at("none")))
	l.tell("remove %v %v", s.Remove(at("l/")), s.Remove(at("l3")))
	l.tell("removeall %v %v", s.RemoveAll(at("a")), s.RemoveAll(at("none/x")))
	l.tell("removeall %v %v", s.RemoveAll(at("d/.")), s.RemoveAll(""))
	l.readDir(root)
	_, err := s.MkdirTemp(at("none"), "x*y")
	l.tell("mkdirtemp %v", err != nil)
	_, err = s.MkdirTemp(root, "a/b")
	l.tell("mkdirtemp %v", err)
	name, err := s.MkdirTemp(root, "x*y")
	l.tell("mkdirtemp %v %v", strings.HasPrefix(name, at("x")) && strings.HasSuffix(name, "y"), err)
	_, err = s.Fstat(123456)
	l.tell("fstat %v; seek %v", err, func() error { _, err := s.Seek(123456, 0, 0); return err }())
	l.tell("%v %v %v", s.Ftruncate(123456, 0), s.Fchmod(123456, 0), s.Fchdir(123456))
	return l.lines
}

func (l *teller) stat(name string, flags int) {
	s, err := l.s.Stat(name, flags)
	mode := sysfile.FileMode(s.Mode)
	if mode.IsDir() {
		s.Size = 0
	}
	l.tell("stat %v, %d links, owner %d:%d, size %d: %v", mode, s.Nlink, s.UID, s.GID, s.Size, err)
	if mode.IsDir() && s.ModTime.Unix() < 100 {
		l.tell("modified %d", s.ModTime.UnixNano())
	}
}

func (l *teller) readDir(name string) {
	entries, err := l.s.ReadDir(name)
	l.tell("readdir %v, nil %v", err, entries == nil)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			l.tell("%v: %v", e, err)
			continue
		}
		l.tell("%v %v %v", e, info.Mode(), info.IsDir())
	}
}

// Calls on an ended boot say that it has.
func TestTreeOfAnEndedBoot(t *testing.T) {
	b := newHostIn(t)
	b.Host().Kill()
	for _, err := range []error{b.Mkdir("/d", 0o755), b.Rename("/a", "/b"), b.Ftruncate(1000, 0)} {
		if !errors.Is(err, ErrCrashed) {
			t.Errorf("error %v", err)
		}
	}
}
