//go:build linux

package ring

import (
	"testing"

	"golang.org/x/sys/unix"
)

// hugeSlice reserves address space without memory behind it.
func hugeSlice(t *testing.T, n int) []byte {
	t.Helper()
	b, err := unix.Mmap(-1, 0, n, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = unix.Munmap(b) })
	return b
}
