package recipes

import (
	"context"
	"encoding/binary"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/await"
)

// SendSegments sends p as datagrams of size bytes each, the last one may be shorter: the kernel
// or the network card cuts it (udp(7), UDP_SEGMENT). p is 64 datagrams, and 64 KiB less headers, at
// most. For datagrams of several lengths or to several peers there is PacketConn.WriteBatch, whose
// Datagram.OOB takes such a message too.
func SendSegments(ctx context.Context, conn *await.PacketConn, p []byte, size uint16, to net.Addr) error {
	batch := []await.Datagram{{Buffers: [][]byte{p}, OOB: segmentMessage(size), Addr: to}}
	_, err := conn.WriteBatchContext(ctx, batch)
	return err
}

// segmentMessage is a control message (cmsg(3)) that says how long each datagram is to be.
func segmentMessage(size uint16) []byte {
	m := make([]byte, unix.CmsgSpace(2))
	const lengthSize = unix.SizeofCmsghdr - 8 // of cmsg_len, which is as wide as the machine
	if lengthSize == 8 {
		binary.NativeEndian.PutUint64(m, uint64(unix.CmsgLen(2)))
	} else {
		binary.NativeEndian.PutUint32(m, uint32(unix.CmsgLen(2)))
	}
	binary.NativeEndian.PutUint32(m[lengthSize:], unix.SOL_UDP)
	binary.NativeEndian.PutUint32(m[lengthSize+4:], unix.UDP_SEGMENT)
	binary.NativeEndian.PutUint16(m[unix.CmsgLen(0):], size)
	return m
}

// JoinSegments lets the kernel hand over datagrams of one length and sender that came one after the
// other as one (UDP_GRO). Use ReceiveSegments then.
func JoinSegments(conn *await.PacketConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		failed = os.NewSyscallError("setsockopt", unix.SetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_GRO, 1))
	})
	if err != nil {
		return err
	}
	return failed
}

// ReceiveSegments receives datagrams and calls do with each, which may use it until it returns. There
// are as many as fit into p, whose length should be 64 KiB: what does not fit is lost.
func ReceiveSegments(ctx context.Context, conn *await.PacketConn, p []byte, do func(from net.Addr, datagram []byte)) error {
	batch := []await.Datagram{{Buffers: [][]byte{p}, OOB: make([]byte, unix.CmsgSpace(4))}}
	if _, err := conn.ReadBatchContext(ctx, batch); err != nil {
		return err
	}
	got := batch[0]
	size, err := segmentSize(got.OOB[:got.OOBN])
	if err != nil {
		return err
	}
	if size == 0 {
		size = max(got.N, 1) // it is a single one
	}
	for rest := p[:got.N]; ; {
		n := min(size, len(rest))
		do(got.Addr, rest[:n])
		if rest = rest[n:]; len(rest) == 0 {
			return nil
		}
	}
}

// segmentSize is how long each datagram is, or 0 if that is not said.
func segmentSize(control []byte) (int, error) {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return 0, os.NewSyscallError("recvmsg", err)
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_UDP && m.Header.Type == unix.UDP_GRO && len(m.Data) >= 4 {
			return int(binary.NativeEndian.Uint32(m.Data)), nil // an int, unlike what is sent
		}
	}
	return 0, nil
}
