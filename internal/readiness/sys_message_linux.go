package readiness

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/workers"
)

// Messages and accepted connections have the kernel's addresses as they are. Package
// unix makes values of them, and cuts abstract names at their first NUL.

// fewBuffers is for how many buffers a message allocates nothing.
const fewBuffers = 8

// acceptNow is accept4(2). As much of the peer's address as fits goes into name.
func acceptNow(fd, flags int, name []byte) (n, nameLen int, err error) {
	size := uint32(len(name))
	var room, sizeRoom unsafe.Pointer
	if size > 0 {
		room, sizeRoom = unsafe.Pointer(unsafe.SliceData(name)), unsafe.Pointer(&size)
	}
	made, _, errno := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(room), uintptr(sizeRoom), uintptr(flags), 0, 0)
	n, err = outcomeOf(made, errno)
	return n, min(int(size), len(name)), err
}

// recvMsg is recvmsg(2) into what is behind the first done bytes of buffers.
func recvMsg(fd int, buffers [][]byte, done int, control, name []byte, flags int) (received, error) {
	var few [fewBuffers]unix.Iovec
	iovs := appendIovecs(few[:0], buffers, done)
	header := messageHeader(iovs, control, name)
	n, _, errno := unix.Syscall(unix.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&header)), uintptr(flags))
	if errno != 0 {
		return received{}, errno
	}
	return received{
		n: int(n), control: int(header.Controllen), name: min(int(header.Namelen), len(name)), flags: int(header.Flags),
	}, nil
}

// sendMsg is sendmsg(2) of what is behind the first done bytes of buffers. No name is
// the peer's.
func sendMsg(fd int, buffers [][]byte, done int, control, name []byte, flags int) (n int, err error) {
	var few [fewBuffers]unix.Iovec
	iovs := appendIovecs(few[:0], buffers, done)
	header := messageHeader(iovs, control, name)
	err = sending(fd, func() error {
		sent, _, errno := unix.Syscall(unix.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&header)), uintptr(flags))
		var err error
		n, err = outcomeOf(sent, errno)
		return err
	})
	return n, err
}

func messageHeader(iovs []unix.Iovec, control, name []byte) unix.Msghdr {
	h := unix.Msghdr{
		Name: unsafe.SliceData(name), Namelen: uint32(len(name)),
		Iov: unsafe.SliceData(iovs), Control: unsafe.SliceData(control),
	}
	h.SetIovlen(len(iovs))
	h.SetControllen(len(control))
	return h
}

// appendIovecs appends what is behind the first done bytes of buffers, no more than
// workers.CallMax and without empty ones.
func appendIovecs(iovs []unix.Iovec, buffers [][]byte, done int) []unix.Iovec {
	room := workers.CallMax
	for _, p := range buffers {
		skip := min(done, len(p))
		done -= skip
		p = p[skip:]
		if p = p[:min(len(p), room)]; len(p) > 0 {
			room -= len(p)
			iovs = append(iovs, iovec(p))
		}
	}
	return iovs
}
