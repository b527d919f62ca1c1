package recipes

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// Sockets of families that package net does not know are used by descriptor: make them with
// IO.Socket, bind and connect them with package unix, and send, receive, accept and close by IO.

// openSocket makes a socket and has setup do what no operation of await does.
func openSocket(ctx context.Context, aio *await.IO, family, typ, protocol int, setup func(fd int) error) (int, error) {
	fd, err := aio.Socket(ctx, family, typ|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return -1, err
	}
	if err := setup(fd); err != nil {
		return -1, errors.Join(err, aio.CloseFD(context.Background(), fd))
	}
	return fd, nil
}

// ListenVsock listens for connections of virtual machines and their host (vsock(7)), which
// IO.Accept takes.
func ListenVsock(ctx context.Context, aio *await.IO, port uint32) (fd int, err error) {
	return openSocket(ctx, aio, unix.AF_VSOCK, unix.SOCK_STREAM, 0, func(fd int) error {
		if err := unix.Bind(fd, &unix.SockaddrVM{CID: unix.VMADDR_CID_ANY, Port: port}); err != nil {
			return os.NewSyscallError("bind", err)
		}
		return os.NewSyscallError("listen", unix.Listen(fd, 128))
	})
}

// DialVsock connects to a port of the machine cid.
func DialVsock(ctx context.Context, aio *await.IO, cid, port uint32) (fd int, err error) {
	return openSocket(ctx, aio, unix.AF_VSOCK, unix.SOCK_STREAM, 0, func(fd int) error {
		err := unix.Connect(fd, &unix.SockaddrVM{CID: cid, Port: port})
		if errors.Is(err, unix.EINPROGRESS) {
			return connected(ctx, aio, fd)
		}
		return os.NewSyscallError("connect", err)
	})
}

// connected waits for a connect(2) that is under way. Readiness is a hint: a socket may be said to
// be writable before it is connected.
func connected(ctx context.Context, aio *await.IO, fd int) error {
	for {
		if _, err := aio.Poll(ctx, fd, unix.POLLOUT); err != nil {
			return err
		}
		code, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if err == nil && code != 0 {
			err = syscall.Errno(code)
		}
		if err != nil {
			return os.NewSyscallError("connect", err)
		}
		if _, err := unix.Getpeername(fd); !errors.Is(err, unix.ENOTCONN) {
			return os.NewSyscallError("getpeername", err)
		}
	}
}

// Interfaces asks the kernel for the indexes of the network interfaces (rtnetlink(7)).
func Interfaces(ctx context.Context, aio *await.IO) (indexes []int32, err error) {
	fd, err := openSocket(ctx, aio, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_ROUTE, func(int) error { return nil })
	if err != nil {
		return nil, err
	}
	defer aio.CloseFD(context.Background(), fd)
	const size = unix.SizeofNlMsghdr + unix.SizeofIfInfomsg
	request := make([]byte, size) // a header, and an ifinfomsg of zeros
	binary.NativeEndian.PutUint32(request, size)
	binary.NativeEndian.PutUint16(request[4:], unix.RTM_GETLINK)
	binary.NativeEndian.PutUint16(request[6:], unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	if _, err := aio.Send(ctx, fd, request, 0); err != nil {
		return nil, err
	}
	p := make([]byte, 64<<10)
	for {
		n, err := aio.Recv(ctx, fd, p, 0)
		if err != nil {
			return nil, err
		}
		messages, err := syscall.ParseNetlinkMessage(p[:n])
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			switch m.Header.Type {
			case unix.NLMSG_DONE:
				return indexes, nil
			case unix.NLMSG_ERROR:
				return nil, syscall.Errno(-int32(binary.NativeEndian.Uint32(m.Data)))
			case unix.RTM_NEWLINK:
				indexes = append(indexes, int32(binary.NativeEndian.Uint32(m.Data[4:]))) // ifi_index
			}
		}
	}
}

// ListenPackets receives the packets of protocol, as unix.ETH_P_IP, that pass the interface of
// that index, without their link-layer header (packet(7)). It needs CAP_NET_RAW.
func ListenPackets(ctx context.Context, aio *await.IO, index int, protocol uint16) (fd int, err error) {
	var network [2]byte
	binary.BigEndian.PutUint16(network[:], protocol)
	protocol = binary.NativeEndian.Uint16(network[:]) // htons(3)
	return openSocket(ctx, aio, unix.AF_PACKET, unix.SOCK_DGRAM, int(protocol), func(fd int) error {
		return os.NewSyscallError("bind", unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: protocol, Ifindex: index}))
	})
}
