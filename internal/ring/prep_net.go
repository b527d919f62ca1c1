//go:build linux

package ring

import "golang.org/x/sys/unix"

// PrepSocket prepares socket(2). SOCK_CLOEXEC belongs in typ.
func (s *SQE) PrepSocket(domain, typ, protocol int, flags uint32) {
	*s = SQE{Opcode: IORING_OP_SOCKET, FD: int32(domain), Off: uint64(typ), Len: uint32(protocol), OpFlags: flags}
}

// PrepConnect prepares connect(2) to the raw socket address addr.
func (s *SQE) PrepConnect(fd int, addr []byte) {
	*s = SQE{Opcode: IORING_OP_CONNECT, FD: int32(fd), Addr: addrOf(addr), Off: uint64(len(addr))}
}

// PrepAccept prepares accept4(2). addr, for the peer's raw address, and addrLen
// may both be nil; otherwise *addrLen is addr's length, and both belong to the
// kernel until the result. SOCK_CLOEXEC belongs in flags.
func (s *SQE) PrepAccept(fd int, addr []byte, addrLen *uint32, flags uint32) {
	*s = SQE{Opcode: IORING_OP_ACCEPT, FD: int32(fd), Addr: addrOf(addr), Off: ptrOf(addrLen), OpFlags: flags}
}

// PrepAcceptMultishot prepares an accept with a result for every connection
// until one has no IORING_CQE_F_MORE (5.19). There is no peer address: each
// connection would overwrite it before the last was read.
func (s *SQE) PrepAcceptMultishot(fd int, flags uint32) {
	s.PrepAccept(fd, nil, nil, flags)
	s.Ioprio = IORING_ACCEPT_MULTISHOT
}

// PrepShutdown prepares shutdown(2).
func (s *SQE) PrepShutdown(fd, how int) {
	*s = SQE{Opcode: IORING_OP_SHUTDOWN, FD: int32(fd), Len: uint32(how)}
}

// PrepRecv prepares recv(2) into buf.
func (s *SQE) PrepRecv(fd int, buf []byte, flags uint32) {
	*s = SQE{Opcode: IORING_OP_RECV, FD: int32(fd), Addr: addrOf(buf), Len: lenOf(buf), OpFlags: flags}
}

// PrepRecvMultishot prepares a receive that takes a buffer of the group for
// each arrival, until a result has no IORING_CQE_F_MORE (6.0).
func (s *SQE) PrepRecvMultishot(fd int, group uint16, flags uint32) {
	s.PrepRecv(fd, nil, flags)
	s.Ioprio = IORING_RECV_MULTISHOT
	s.selectBuffer(group)
}

// PrepSend prepares send(2) of buf. MSG_NOSIGNAL belongs in flags.
func (s *SQE) PrepSend(fd int, buf []byte, flags uint32) {
	*s = SQE{Opcode: IORING_OP_SEND, FD: int32(fd), Addr: addrOf(buf), Len: lenOf(buf), OpFlags: flags}
}

// PrepSendZC prepares a send without copying (6.0). A first result with
// IORING_CQE_F_MORE is followed by one with IORING_CQE_F_NOTIF, and buf is
// the kernel's until that. zcFlags are IORING_RECVSEND_ and IORING_SEND_ZC_.
func (s *SQE) PrepSendZC(fd int, buf []byte, flags uint32, zcFlags uint16) {
	s.PrepSend(fd, buf, flags)
	s.Opcode = IORING_OP_SEND_ZC
	s.Ioprio = zcFlags
}

// PrepRecvMsg prepares recvmsg(2). msg and all it points at belong to the
// kernel until the result.
func (s *SQE) PrepRecvMsg(fd int, msg *unix.Msghdr, flags uint32) {
	*s = SQE{Opcode: IORING_OP_RECVMSG, FD: int32(fd), Addr: ptrOf(msg), Len: 1, OpFlags: flags}
}

// PrepRecvMsgMultishot prepares a recvmsg that takes a buffer of the group for
// each message and writes a struct io_uring_recvmsg_out before it (6.0).
func (s *SQE) PrepRecvMsgMultishot(fd int, msg *unix.Msghdr, group uint16, flags uint32) {
	s.PrepRecvMsg(fd, msg, flags)
	s.Ioprio = IORING_RECV_MULTISHOT
	s.selectBuffer(group)
}

// PrepSendMsg prepares sendmsg(2). MSG_NOSIGNAL belongs in flags.
func (s *SQE) PrepSendMsg(fd int, msg *unix.Msghdr, flags uint32) {
	*s = SQE{Opcode: IORING_OP_SENDMSG, FD: int32(fd), Addr: ptrOf(msg), Len: 1, OpFlags: flags}
}
