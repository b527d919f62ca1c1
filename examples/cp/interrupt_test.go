//go:build unix

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/examples/internal/program"
	"github.com/awaitio/awaitio/internal/testutil"
)

const smallFiles = 200

// endlessTree is one whose copy does not end while a test looks: besides small
// files it has a huge one, which takes no room.
func endlessTree(t *testing.T) (src, dst string) {
	t.Helper()
	dir := t.TempDir()
	src, dst = filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	for i := range smallFiles {
		write(t, filepath.Join(src, fmt.Sprintf("dir%d/file%d", i%5, i)), content(3000+i), 0o644)
	}
	write(t, filepath.Join(src, "huge"), nil, 0o644)
	must(t, os.Truncate(filepath.Join(src, "huge"), 1<<40))
	return src, dst
}

// startCopy starts a copy and returns when it is in the middle: some small files
// are there, and so is a part of the huge one.
func startCopy(t *testing.T, src, dst string) *program.Process {
	t.Helper()
	p := program.Start(t, "-n", "8", "-block", "4KiB", src, dst)
	testutil.Eventually(t, program.Patience, func() bool {
		_, err := os.Stat(temporaryPath(filepath.Join(dst, "huge")))
		return p.HasEnded() || err == nil && len(names(t, dst)) > 20
	}, "a part of the copy")
	if p.HasEnded() {
		t.Fatalf("the copy has ended: %s", p.Stderr.String())
	}
	return p
}

// names are the files with their final names.
func names(t *testing.T, dir string) (paths []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && !isTemporary(d.Name()) {
			paths = append(paths, path)
		}
		if os.IsNotExist(err) { // a file that was renamed meanwhile
			return nil
		}
		return err
	}))
	return paths
}

func wantNoTemporaries(t *testing.T, dir string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if isTemporary(filepath.Base(path)) {
			t.Errorf("%s is left", path)
		}
		return err
	}))
}

// wantWholeFiles fails t if a part of a file is visible under its name.
func wantWholeFiles(t *testing.T, src, dst string) {
	t.Helper()
	for _, path := range names(t, dst) {
		got, err := os.ReadFile(path)
		must(t, err)
		want, err := os.ReadFile(src + strings.TrimPrefix(path, dst))
		must(t, err)
		if !bytes.Equal(got, want) {
			t.Errorf("%s has %d bytes, want the %d of its source", path, len(got), len(want))
		}
	}
}

// finish makes the huge file a small one and has the copy run again.
func finish(t *testing.T, src, dst string) {
	t.Helper()
	write(t, filepath.Join(src, "huge"), content(100_000), 0o644)
	p := copyTree(t, 0, "-verify", src, dst)
	wantSame(t, src, dst)
	if !strings.Contains(p.Stdout.String(), "; complete before: ") {
		t.Errorf("got %q, want that some were complete", p.Stdout.String())
	}
}

func TestInterruptedCopyIsCleanAndGoesOn(t *testing.T) {
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		src, dst := endlessTree(t)
		p := startCopy(t, src, dst)
		p.Signal(t, signal)
		if code := p.Code(t); code != 130 || !strings.Contains(p.Stderr.String(), "run it again to go on") {
			t.Errorf("%v: got exit status %d and %q", signal, code, p.Stderr.String())
		}
		wantNoTemporaries(t, dst)
		if _, err := os.Stat(filepath.Join(dst, "huge")); err == nil {
			t.Error("a half file is visible")
		}
		wantWholeFiles(t, src, dst)
		finish(t, src, dst)
	}
}

func TestCrashedCopyGoesOn(t *testing.T) {
	src, dst := endlessTree(t)
	p := startCopy(t, src, dst)
	p.Signal(t, os.Kill)
	p.Code(t)
	if _, err := os.Stat(filepath.Join(dst, "huge")); err == nil {
		t.Error("a half file is visible")
	}
	wantWholeFiles(t, src, dst)
	write(t, filepath.Join(dst, "dir0/.cp-0123456789abcdef.part"), []byte("of a file that is gone"), 0o600)
	finish(t, src, dst)
	wantNoTemporaries(t, dst)
}
