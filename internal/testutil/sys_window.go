//go:build unix

package testutil

import (
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// windowSize is how much memory a Window has.
const windowSize = 4 << 20

// Window returns a buffer of size bytes that lies on the same few megabytes of memory
// again and again, so that it may be much larger than the machine's. It goes away with
// t.
func Window(t testing.TB, size int) []byte {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(t.TempDir(), "window"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(windowSize); err != nil {
		t.Fatal(err)
	}
	const access = unix.PROT_READ | unix.PROT_WRITE
	whole, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatalf("mmap %d bytes: %v", size, err)
	}
	t.Cleanup(func() {
		if err := unix.MunmapPtr(whole, uintptr(size)); err != nil {
			t.Errorf("munmap: %v", err)
		}
	})
	for at := 0; at < size; at += windowSize {
		length := uintptr(min(windowSize, size-at))
		_, err := unix.MmapPtr(int(file.Fd()), 0, unsafe.Add(whole, at), length, access, unix.MAP_SHARED|unix.MAP_FIXED)
		if err != nil {
			t.Fatalf("mmap at %d of %d bytes: %v", at, size, err)
		}
	}
	return unsafe.Slice((*byte)(whole), size)
}
