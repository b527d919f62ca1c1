//go:build linux && giouring

package ring

import (
	"syscall"
	"unsafe"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

var _ [unsafe.Sizeof(SQE{})]byte = [unsafe.Sizeof(giouring.SubmissionQueueEntry{})]byte{}

func (s *SQE) bytes() [64]byte { return *(*[64]byte)(unsafe.Pointer(s)) }

func bytesOfGiouring(s *giouring.SubmissionQueueEntry) [64]byte {
	return *(*[64]byte)(unsafe.Pointer(s))
}

// sqeOfGiouring is one slot seen by both drivers.
func sqeOfGiouring(s *giouring.SubmissionQueueEntry) *SQE {
	return (*SQE)(unsafe.Pointer(s))
}

// sameMsghdr is one header under both packages' names for its type.
func sameMsghdr() (*unix.Msghdr, *syscall.Msghdr) {
	m := new(unix.Msghdr)
	return m, (*syscall.Msghdr)(unsafe.Pointer(m))
}
