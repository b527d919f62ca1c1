//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package readiness

import (
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/socket"
)

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

func sendFlags(fd int, flags uint32) int {
	socket.DisableSignal(fd)
	return int(flags)&^unix.MSG_WAITALL | socket.SendDontWait | socket.NoSignal
}

func recvMsgFlags(flags uint32) int { return int(flags)&^unix.MSG_WAITALL | unix.MSG_DONTWAIT }

// closeOnExec marks the descriptors among ancillary data.
func closeOnExec(control []byte) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return // cut short: what there was of it is the kernel's to clean up
	}
	for i := range messages {
		fds, err := unix.ParseUnixRights(&messages[i])
		if err != nil {
			continue // of another kind
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
		}
	}
}

// accept is in two steps where one is not to be had everywhere; ForkLock keeps
// a fork from coming between them. The new socket has its listener's mode.
func accept(fd, flags int, name []byte) (n, nameLen int, err error) {
	var peer unix.Sockaddr
	_, err = socket.WithoutBlocking(fd, acceptsNothing, func() error {
		syscall.ForkLock.RLock()
		defer syscall.ForkLock.RUnlock()
		if n, peer, err = unix.Accept(fd); err == nil {
			unix.CloseOnExec(n)
		}
		return err
	})
	if err != nil {
		return 0, 0, err
	}
	if err := unix.SetNonblock(n, wantsNonblock(flags)); err != nil {
		_ = unix.Close(n) // the error above is the one to tell
		return 0, 0, err
	}
	return n, putName(name, peer), nil
}

func newSocket(family, typ, protocol int) (int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := unix.Socket(family, typ, protocol)
	if err == nil {
		unix.CloseOnExec(fd)
	}
	return fd, err
}

func readNow(fd int, p []byte) (int, error) {
	switch is, err := isSocket(fd); {
	case err != nil:
		return 0, err
	case is:
		return recv(fd, p, 0)
	}
	return readReady(fd, p)
}

func writeNow(fd int, p []byte) (int, error) {
	switch is, err := isSocket(fd); {
	case err != nil:
		return 0, err
	case is:
		return send(fd, p, 0)
	}
	return writeReady(fd, p)
}

func isSocket(fd int) (bool, error) {
	var s unix.Stat_t
	err := unix.Fstat(fd, &s)
	return err == nil && s.Mode&unix.S_IFMT == unix.S_IFSOCK, err
}

func connect(fd int, name []byte) error {
	a, err := fromRaw(name)
	if err != nil {
		return err
	}
	return unix.Connect(fd, a)
}

// lingers reports whether close(2) of fd may wait for what was sent to arrive.
func lingers(fd int) bool {
	l, err := unix.GetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER)
	return err == nil && l.Onoff != 0 && l.Linger != 0
}

// hasPeer reports whether fd is connected, or no socket.
func hasPeer(fd int) bool {
	_, err := unix.Getpeername(fd)
	return err != unix.ENOTCONN
}
