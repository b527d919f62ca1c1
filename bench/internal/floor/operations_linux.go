package floor

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/uring"
)

// What both servers submit, so that they differ in goroutines alone. The result comes with userData.

func accepting(listener *os.File, userData uint64) uring.SQE {
	return uring.SQE{Op: uring.OpAccept, FD: int32(listener.Fd()), OpFlags: unix.SOCK_CLOEXEC, UserData: userData}
}

func receiving(fd int32, buf []byte, userData uint64) uring.SQE {
	return uring.SQE{
		Op: uring.OpRecv, Ioprio: uring.RecvPollFirst, FD: fd,
		Addr: uring.Address(buf), Len: uint32(len(buf)), UserData: userData,
	}
}

// sending has the kernel send all of buf before it tells.
func sending(fd int32, buf []byte, userData uint64) uring.SQE {
	return uring.SQE{
		Op: uring.OpSend, FD: fd,
		Addr: uring.Address(buf), Len: uint32(len(buf)), OpFlags: unix.MSG_WAITALL | unix.MSG_NOSIGNAL, UserData: userData,
	}
}

func setNoDelay(fd int32) error {
	if err := unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return fmt.Errorf("set TCP_NODELAY: %w", err)
	}
	return nil
}
