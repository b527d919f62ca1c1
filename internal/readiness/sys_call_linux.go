package readiness

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/socket"
)

// The calls of the hot path, without the allocations that package unix makes for
// results nobody wants here.

// recv is recv(2) that does not wait. MSG_WAITALL is the engine's to see to.
func recv(fd int, p []byte, flags uint32) (int, error) {
	return socket.Receive(fd, p, int(flags)&^unix.MSG_WAITALL|unix.MSG_DONTWAIT)
}

// send is send(2) that does not wait and raises no signal.
func send(fd int, p []byte, flags uint32) (int, error) {
	n := 0
	err := sending(fd, func() (err error) {
		n, err = socket.Send(fd, p, sendFlags(fd, flags))
		return err
	})
	return n, err
}

// transferNow is preadv2(2) or pwritev2(2) at the descriptor's position, with
// RWF_NOWAIT: EAGAIN where it would block, whatever mode the descriptor is in.
// Pipes and sockets know it; others answer EOPNOTSUPP.
func transferNow(call uintptr, fd int, p []byte) (int, error) {
	v := [1]unix.Iovec{iovec(p)}
	return transferIovecs(call, fd, v[:])
}

// transferAllNow is transferNow with several buffers.
func transferAllNow(call uintptr, fd int, buffers [][]byte) (int, error) {
	iovs := make([]unix.Iovec, len(buffers))
	for i, p := range buffers {
		iovs[i] = iovec(p)
	}
	return transferIovecs(call, fd, iovs)
}

func transferIovecs(call uintptr, fd int, iovs []unix.Iovec) (int, error) {
	position := ^uintptr(0)
	n, _, errno := unix.Syscall6(call, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(iovs))), uintptr(len(iovs)),
		position, position, unix.RWF_NOWAIT)
	return outcomeOf(n, errno)
}

func iovec(p []byte) unix.Iovec {
	v := unix.Iovec{Base: unsafe.SliceData(p)}
	v.SetLen(len(p))
	return v
}

func outcomeOf(n uintptr, errno unix.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// connect is connect(2). Package unix has no form for the longest abstract names.
func connect(fd int, name []byte) error {
	_, _, errno := unix.Syscall(unix.SYS_CONNECT,
		uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(name))), uintptr(len(name)))
	_, err := outcomeOf(0, errno)
	return err
}

// hasPeer reports whether fd is connected, or no socket.
func hasPeer(fd int) bool {
	var name [1]byte
	size := uint32(0) // nobody wants it
	_, _, errno := unix.Syscall(unix.SYS_GETPEERNAME,
		uintptr(fd), uintptr(unsafe.Pointer(&name)), uintptr(unsafe.Pointer(&size)))
	return errno != unix.ENOTCONN
}

// lingers reports whether close(2) of fd may wait for what was sent to arrive.
func lingers(fd int) bool {
	var l unix.Linger
	size := uint32(unsafe.Sizeof(l))
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER,
		uintptr(unsafe.Pointer(&l)), uintptr(unsafe.Pointer(&size)), 0)
	return errno == 0 && l.Onoff != 0 && l.Linger != 0
}
