//go:build unix

package testutil

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// Pipe returns the two ends of a pipe, blocking and owned by t.
func Pipe(t testing.TB) (r, w int) {
	t.Helper()
	return openPair(t, "pipe", func() (p [2]int, err error) {
		err = unix.Pipe(p[:])
		return p, err
	})
}

// TempFile returns a regular file of the given size, open for reading and
// writing and owned by t, and its path, which goes away with t. Its contents
// are FileContents(0, size).
func TempFile(t testing.TB, size int) (fd int, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, FileContents(0, size), 0o600); err != nil {
		t.Fatalf("write the file: %v", err)
	}
	fd = openOne(t, "open", func() (int, error) {
		return unix.Open(path, unix.O_RDWR|unix.O_CLOEXEC, 0)
	})
	return fd, path
}
