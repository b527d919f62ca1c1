package floor

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The calls of Epoll. The ones that never wait bypass Go's scheduler.

// edgeTriggered is EPOLLET: package unix has it as a negative number.
const edgeTriggered = 1 << 31

// pollNow is epoll_pwait(2) without waiting.
func pollNow(poll int, events []unix.EpollEvent) (int, error) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(poll), uintptr(unsafe.Pointer(unsafe.SliceData(events))),
		uintptr(len(events)), 0, 0, 0)
	return result(n, errno)
}

// receiveNow is recv(2) on a socket in non-blocking mode.
func receiveNow(fd int, p []byte) (int, error) {
	n, _, errno := syscall.RawSyscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), 0, 0, 0)
	return result(n, errno)
}

// send is send(2). On the loopback device the kernel does the receiver's part too, which takes a while.
func send(fd int, p []byte) (int, error) {
	n, _, errno := syscall.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), unix.MSG_NOSIGNAL, 0, 0)
	return result(n, errno)
}

func result(n uintptr, errno syscall.Errno) (int, error) {
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}
