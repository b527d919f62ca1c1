//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/examples/internal/program"
)

func TestTree(t *testing.T) {
	for _, flags := range []string{"", "-n 1", "-n 3 -block 512", "-verify", "-no-progress -block 1MiB"} {
		t.Run(flags, func(t *testing.T) {
			src, dst := someTree(t)
			p := copyTree(t, 0, append(strings.Fields(flags), src, dst)...)
			wantSame(t, src, dst)
			if !strings.HasPrefix(p.Stdout.String(), "files copied: 7, ") {
				t.Errorf("got %q", p.Stdout.String())
			}
		})
	}
}

func TestSecondRunCopiesWhatIsMissing(t *testing.T) {
	src, dst := someTree(t)
	copyTree(t, 0, src, dst)
	must(t, os.Remove(filepath.Join(dst, "one byte")))
	write(t, filepath.Join(dst, "empty"), []byte("no longer"), 0o644)
	must(t, os.Chmod(filepath.Join(dst, "sub/script"), 0o700))
	must(t, os.Remove(filepath.Join(dst, "link")))
	write(t, filepath.Join(dst, "link"), []byte("in its place"), 0o644)
	p := copyTree(t, 0, "-verify", src, dst)
	wantSame(t, src, dst)
	if got := p.Stdout.String(); !strings.HasPrefix(got, "files copied: 2, 1B written in ") ||
		!strings.Contains(got, "; complete before: 5; checksums compared") {
		t.Errorf("got %q", got)
	}
}

func TestOneFile(t *testing.T) {
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	write(t, src, content(1<<20+1), 0o640)
	copyTree(t, 0, "-block", "4KiB", src, dst)
	wantSame(t, src, dst)
}

// The summary counts what was written, which blocks of zeros are not, and bits that are not kept
// are told.
func TestWhatIsTold(t *testing.T) {
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	write(t, src, make([]byte, 1<<20), 0o755)
	must(t, os.Chmod(src, 0o755|os.ModeSetuid))
	p := copyTree(t, 0, src, dst)
	if got := p.Stdout.String(); !strings.HasPrefix(got, "files copied: 1, 0B written in ") {
		t.Errorf("got %q of a file of zeros", got)
	}
	if got := p.Stderr.String(); !strings.Contains(got, "setuid and setgid bits are not kept") {
		t.Errorf("got %q of a setuid file", got)
	}
	if info, err := os.Stat(dst); err != nil || info.Mode() != 0o755 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

func TestLinkAsSource(t *testing.T) {
	dir := t.TempDir()
	src, dst := filepath.Join(dir, "src"), filepath.Join(dir, "dst")
	must(t, os.Symlink(dir, src))
	copyTree(t, 0, src, dst)
	if to, err := os.Readlink(dst); err != nil || to != dir {
		t.Errorf("got %q, %v, want a link", to, err)
	}
}

// A copy with the size and time of its source, and other bytes in it.
func TestVerifyFindsADifference(t *testing.T) {
	src, dst := someTree(t)
	copyTree(t, 0, src, dst)
	wrong := content(10*4096 + 17)
	wrong[5*4096]++
	write(t, filepath.Join(dst, "sub/deep/blocks"), wrong, 0o600)
	copyTree(t, 0, src, dst) // nobody looks
	p := copyTree(t, 1, "-verify", "-block", "4KiB", src, dst)
	if got := p.Stderr.String(); !strings.Contains(got, "blocks in the 4096 bytes at 20480: remove it") {
		t.Errorf("got %q", got)
	}
}

func TestCommandLine(t *testing.T) {
	dir := t.TempDir()
	program.Want(t, 0, "usage: ", "-h")
	program.Want(t, 2, "arguments needed: 2, got 1", dir)
	program.Want(t, 2, "-n must be", "-n", "0", dir, dir)
	program.Want(t, 2, "such as 256KiB", "-block", "1", dir, dir)
	program.Want(t, 2, "such as 256KiB", "-block", "x", dir, dir)
	program.Want(t, 2, "of memory", "-n", "4096", "-block", "1GiB", dir, dir)
}
