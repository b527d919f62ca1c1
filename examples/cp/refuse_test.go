//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

func TestPlacesThatCannotGoTogether(t *testing.T) {
	src, dst := someTree(t)
	dir, file := filepath.Dir(src), filepath.Join(src, "empty")
	must(t, os.Symlink(src, filepath.Join(dir, "other name")))
	for _, c := range []struct{ src, dst, want string }{
		{filepath.Join(dir, "missing"), dst, "the source: "},
		{src, src, "are the same"},
		{src, filepath.Join(dir, "other name"), "are the same"},
		{file, file, "are the same"},
		{src, filepath.Join(src, "sub/copy"), "is inside the source"},
		{src, filepath.Join(dir, "other name/copy"), "is inside the source"},
		{filepath.Join(src, "sub"), src, "is inside the destination"},
		{file, src, "name the copy, as in " + file},
		{src, file, "is not a directory"},
		{file, filepath.Join(dst, "copy"), "create it first"},
	} {
		program.Want(t, 1, c.want, c.src, c.dst)
	}
	if _, err := os.Stat(dst); !os.IsNotExist(err) {
		t.Errorf("got %v, want that nothing was made", err)
	}
}

func TestWhatCannotBeCopiedIsTold(t *testing.T) {
	src, dst := someTree(t)
	must(t, unix.Mkfifo(filepath.Join(src, "fifo"), 0o600))
	write(t, filepath.Join(src, "sub/.cp-0123456789abcdef.part"), []byte("half"), 0o600)
	must(t, os.MkdirAll(filepath.Join(dst, "one byte/dir"), 0o700))
	p := copyTree(t, 1, src, dst)
	for _, want := range []string{"fifo is not a file", "abcdef.part is not a file", "one byte: ", "cp: not copied: 3"} {
		if !strings.Contains(p.Stderr.String(), want) {
			t.Errorf("got %q, want %q", p.Stderr.String(), want)
		}
	}
	if _, err := os.Stat(filepath.Join(dst, "sub/deep/blocks")); err != nil {
		t.Errorf("%v: the others were to be copied", err)
	}
	wantNoTemporaries(t, dst)
}

func TestPermission(t *testing.T) {
	testutil.AsNobody(t, func() {
		src, dst := someTree(t)
		must(t, os.Chmod(filepath.Join(src, "empty"), 0))
		p := copyTree(t, 1, src, dst)
		if got := p.Stderr.String(); !strings.Contains(got, "run it as another user") {
			t.Errorf("got %q", got)
		}
		must(t, os.Chmod(filepath.Join(src, "empty"), 0o644))
		copyTree(t, 0, src, dst)
		wantSame(t, src, dst)
	})
}

// A link in the place of a directory of the copy would lead the files elsewhere.
func TestLinkInPlaceOfADirectory(t *testing.T) {
	src, dst := someTree(t)
	elsewhere := t.TempDir()
	must(t, os.Mkdir(dst, 0o700))
	must(t, os.Symlink(elsewhere, filepath.Join(dst, "sub")))
	program.Want(t, 1, "exists and is not a directory, but ", src, dst)
	if inside, err := os.ReadDir(elsewhere); err != nil || len(inside) > 0 {
		t.Errorf("got %v, %v, want nothing there", inside, err)
	}
}
