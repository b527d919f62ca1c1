package testutil

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// From linux/io_uring.h.
const (
	ioringSetupSQPoll = 1 << 1
	ioringOffSQEs     = 0x10000000
	sizeofSQE         = 64
	sizeofParams      = 120
)

// A rawRing is the least of a ring that has a descriptor, a mapping and a
// kernel worker: one with a thread that polls for submissions.
type rawRing struct {
	fd   int
	sqes []byte
}

func openRawRing(t *testing.T) *rawRing {
	t.Helper()
	const entries = 4
	params := [sizeofParams / 4]uint32{2: ioringSetupSQPoll}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, entries, uintptr(unsafe.Pointer(&params)), 0)
	if errno != 0 {
		t.Skipf("io_uring_setup: %v", errno)
	}
	sqes, err := unix.Mmap(int(fd), ioringOffSQEs, entries*sizeofSQE,
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		t.Fatalf("mmap submission entries: %v", err)
	}
	return &rawRing{int(fd), sqes}
}

func (r *rawRing) close(t *testing.T) {
	t.Helper()
	if err := unix.Munmap(r.sqes); err != nil {
		t.Errorf("munmap submission entries: %v", err)
	}
	if err := unix.Close(r.fd); err != nil {
		t.Errorf("close the ring: %v", err)
	}
}
