//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/awaitio/awaitio/examples/internal/program"
)

// old is the time of modification of what a test makes.
var old = time.Date(2001, 2, 3, 4, 5, 6, 789, time.UTC)

// content is the same n bytes each time.
func content(n int) []byte {
	r := rand.NewChaCha8([32]byte{1})
	p := make([]byte, n)
	_, _ = r.Read(p) // never fails
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path string, data []byte, mode fs.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(t, os.WriteFile(path, data, 0o600))
	must(t, os.Chmod(path, mode))
	must(t, os.Chtimes(path, old, old))
}

// someTree makes a tree with one of everything.
func someTree(t *testing.T) (src, dst string) {
	t.Helper()
	dir := t.TempDir()
	src, dst = filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	write(t, filepath.Join(src, "empty"), nil, 0o644)
	write(t, filepath.Join(src, "one byte"), []byte("x"), 0o640)
	write(t, filepath.Join(src, "sub/script"), []byte("#!/bin/sh\n"), 0o755)
	write(t, filepath.Join(src, "sub/deep/a block"), content(4096), 0o400)
	write(t, filepath.Join(src, "sub/deep/blocks"), content(10*4096+17), 0o600)
	write(t, filepath.Join(src, "zeros"), make([]byte, 3*4096+1), 0o600)
	write(t, filepath.Join(src, "closed/file"), []byte("y"), 0o600)
	must(t, os.Symlink("sub/script", filepath.Join(src, "link")))
	must(t, os.Symlink("/nowhere", filepath.Join(src, "sub/dangling")))
	must(t, os.Mkdir(filepath.Join(src, "empty dir"), 0o700))
	must(t, os.Chmod(filepath.Join(src, "closed"), 0o500))
	t.Cleanup(func() {
		_ = os.Chmod(filepath.Join(src, "closed"), 0o700)
		_ = os.Chmod(filepath.Join(dst, "closed"), 0o700)
	})
	for _, d := range []string{"sub/deep", "sub", "closed", "empty dir", "."} {
		must(t, os.Chtimes(filepath.Join(src, d), old, old))
	}
	return src, dst
}

// describe has a line for each file of a tree: all that a copy keeps.
func describe(t *testing.T, root string) []string {
	t.Helper()
	var lines []string
	must(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %v %v", path[len(root):], info.Mode(), info.ModTime().UTC())
		switch {
		case info.Mode().IsRegular():
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			line += fmt.Sprintf(" %d %x", len(data), data)
		case info.Mode()&fs.ModeSymlink != 0:
			to, err := os.Readlink(path)
			if err != nil {
				return err
			}
			line += " " + to
		}
		lines = append(lines, line)
		return nil
	}))
	return lines
}

func wantSame(t *testing.T, src, dst string) {
	t.Helper()
	want, got := describe(t, src), describe(t, dst)
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("not in the copy: %.200s", line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("only in the copy: %.200s", line)
		}
	}
}

// copyTree runs the program to its end.
func copyTree(t *testing.T, code int, args ...string) *program.Process {
	t.Helper()
	p := program.Start(t, args...)
	if got := p.Code(t); got != code {
		t.Fatalf("cp %q: got exit status %d, want %d; %s", args, got, code, p.Stderr.String())
	}
	return p
}
