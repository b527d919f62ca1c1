//go:build linux

package simdisk

import (
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// The node of a unix socket is no file: open(2), truncate(2) and readlink(2) fail as on Linux.
func TestSocketIsNoFile(t *testing.T) {
	dir, err := os.MkdirTemp("", "sim") // t.TempDir may be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := New(Config{})
	info, errno := d.Socket(nil, "/s", 0o755)
	if errno != 0 || !info.IsSocket() || info.FileMode() != os.ModeSocket|0o755 {
		t.Fatalf("%v %v", info, errno)
	}
	for _, flags := range []int{unix.O_RDONLY, unix.O_WRONLY | unix.O_TRUNC, unix.O_RDWR | unix.O_CREAT, unix.O_DIRECTORY} {
		_, want := unix.Open(path, flags, 0o600)
		if _, got := d.Open(nil, "/s", flags, 0o600); got != want {
			t.Errorf("open with %#x: %v, the kernel's %v", flags, got, want)
		}
	}
	_, got := d.Readlink(nil, "/s")
	if _, want := unix.Readlink(path, make([]byte, 9)); got != want {
		t.Errorf("readlink: %v, the kernel's %v", got, want)
	}
	if got, want := d.Truncate(nil, "/s", 0), unix.Truncate(path, 0); got != want {
		t.Errorf("truncate: %v, the kernel's %v", got, want)
	}
	if got, want := d.Rmdir(nil, "/s"), unix.Rmdir(path); got != want {
		t.Errorf("rmdir: %v, the kernel's %v", got, want)
	}
	if _, errno := d.Socket(nil, "/s", 0o755); errno != unix.EEXIST {
		t.Errorf("bind once more: %v", errno)
	}
}
