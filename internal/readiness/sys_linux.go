package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/socket"
)

func sendFlags(_ int, flags uint32) int {
	return int(flags)&^(unix.MSG_WAITALL|unix.MSG_DONTWAIT) | socket.SendDontWait | socket.NoSignal
}

func recvMsgFlags(flags uint32) int {
	return int(flags)&^unix.MSG_WAITALL | unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC
}

// closeOnExec has nothing to do: MSG_CMSG_CLOEXEC did it.
func closeOnExec([]byte) {}

func accept(fd, flags int, name []byte) (n, nameLen int, err error) {
	_, err = socket.WithoutBlocking(fd, acceptsNothing, func() error {
		n, nameLen, err = acceptNow(fd, flags|unix.SOCK_CLOEXEC, name)
		return err
	})
	return n, nameLen, err
}

func newSocket(family, typ, protocol int) (int, error) {
	return unix.Socket(family, typ|unix.SOCK_CLOEXEC, protocol)
}

func readNow(fd int, p []byte) (int, error) {
	n, err := transferNow(unix.SYS_PREADV2, fd, p)
	if err == unix.EOPNOTSUPP {
		return readReady(fd, p)
	}
	return n, err
}

func writeNow(fd int, p []byte) (int, error) {
	n, err := transferNow(unix.SYS_PWRITEV2, fd, p)
	if err == unix.EOPNOTSUPP {
		return writeReady(fd, p)
	}
	return n, err
}

func readvNow(fd int, buffers [][]byte) (int, error) {
	n, err := transferAllNow(unix.SYS_PREADV2, fd, buffers)
	if err != unix.EOPNOTSUPP {
		return n, err
	}
	if err := mayBlock(fd, unix.POLLIN); err != nil {
		return 0, err
	}
	return unix.Readv(fd, buffers)
}

// writevNow is for buffers of which none is empty.
func writevNow(fd int, buffers [][]byte) (int, error) {
	n, err := transferAllNow(unix.SYS_PWRITEV2, fd, buffers)
	if err == unix.EOPNOTSUPP {
		return writevReady(fd, buffers)
	}
	return n, err
}
