//go:build linux

package ring

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Every Prep method writes the whole SQE, UserData and Flags included: set
// those two afterwards. Which field an operation reads is in io_uring_enter(2);
// a field it does not read must be zero, or newer kernels answer EINVAL. What is beyond
// MAX_RW_COUNT bytes would only be moved by another operation, as with a short read.

// noFD is the descriptor of operations that have none.
const noFD = -1

// PrepNop prepares an operation that does nothing and succeeds.
func (s *SQE) PrepNop() {
	*s = SQE{Opcode: IORING_OP_NOP, FD: noFD}
}

// PrepClose prepares close(2) of fd.
func (s *SQE) PrepClose(fd int) {
	*s = SQE{Opcode: IORING_OP_CLOSE, FD: int32(fd)}
}

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

// PrepShutdown prepares shutdown(2).
func (s *SQE) PrepShutdown(fd, how int) {
	*s = SQE{Opcode: IORING_OP_SHUTDOWN, FD: int32(fd), Len: uint32(how)}
}

// PrepRecv prepares recv(2) into buf.
func (s *SQE) PrepRecv(fd int, buf []byte, flags uint32) {
	*s = SQE{Opcode: IORING_OP_RECV, FD: int32(fd), Addr: addrOf(buf), Len: uint32(min(len(buf), MAX_RW_COUNT)), OpFlags: flags}
}

// PrepSend prepares send(2) of buf. MSG_NOSIGNAL belongs in flags.
func (s *SQE) PrepSend(fd int, buf []byte, flags uint32) {
	*s = SQE{Opcode: IORING_OP_SEND, FD: int32(fd), Addr: addrOf(buf), Len: uint32(min(len(buf), MAX_RW_COUNT)), OpFlags: flags}
}

// PrepRecvMsg prepares recvmsg(2). msg and all it points at belong to the
// kernel until the result.
func (s *SQE) PrepRecvMsg(fd int, msg *unix.Msghdr, flags uint32) {
	*s = SQE{Opcode: IORING_OP_RECVMSG, FD: int32(fd), Addr: ptrOf(msg), Len: 1, OpFlags: flags}
}

// PrepSendMsg prepares sendmsg(2). MSG_NOSIGNAL belongs in flags.
func (s *SQE) PrepSendMsg(fd int, msg *unix.Msghdr, flags uint32) {
	*s = SQE{Opcode: IORING_OP_SENDMSG, FD: int32(fd), Addr: ptrOf(msg), Len: 1, OpFlags: flags}
}

// In this file an offset of -1 means the file's own position, and it is also
// what pipes and sockets want (IORING_FEAT_RW_CUR_POS). A path ends with NUL.

// PrepRead prepares pread(2).
func (s *SQE) PrepRead(fd int, buf []byte, offset int64) {
	*s = SQE{Opcode: IORING_OP_READ, FD: int32(fd), Addr: addrOf(buf), Len: uint32(min(len(buf), MAX_RW_COUNT)), Off: uint64(offset)}
}

// PrepWrite prepares pwrite(2).
func (s *SQE) PrepWrite(fd int, buf []byte, offset int64) {
	*s = SQE{Opcode: IORING_OP_WRITE, FD: int32(fd), Addr: addrOf(buf), Len: uint32(min(len(buf), MAX_RW_COUNT)), Off: uint64(offset)}
}

// PrepReadv prepares preadv2(2) with count buffers and RWF_ flags.
func (s *SQE) PrepReadv(fd int, iovs *unix.Iovec, count int, offset int64, flags uint32) {
	*s = SQE{Opcode: IORING_OP_READV, FD: int32(fd), Addr: ptrOf(iovs), Len: uint32(count), Off: uint64(offset), OpFlags: flags}
}

// PrepWritev prepares pwritev2(2) with count buffers and RWF_ flags.
func (s *SQE) PrepWritev(fd int, iovs *unix.Iovec, count int, offset int64, flags uint32) {
	*s = SQE{Opcode: IORING_OP_WRITEV, FD: int32(fd), Addr: ptrOf(iovs), Len: uint32(count), Off: uint64(offset), OpFlags: flags}
}

// PrepFsync prepares fsync(2), or fdatasync(2) with IORING_FSYNC_DATASYNC.
func (s *SQE) PrepFsync(fd int, flags uint32) {
	*s = SQE{Opcode: IORING_OP_FSYNC, FD: int32(fd), OpFlags: flags}
}

// PrepOpenAt prepares openat(2). O_CLOEXEC belongs in flags.
func (s *SQE) PrepOpenAt(dirFD int, path *byte, flags int, mode uint32) {
	*s = SQE{Opcode: IORING_OP_OPENAT, FD: int32(dirFD), Addr: ptrOf(path), Len: mode, OpFlags: uint32(flags)}
}

// PrepStatx prepares statx(2) into st, which belongs to the kernel until the
// result.
func (s *SQE) PrepStatx(dirFD int, path *byte, flags int, mask uint32, st *unix.Statx_t) {
	*s = SQE{Opcode: IORING_OP_STATX, FD: int32(dirFD), Addr: ptrOf(path), Len: mask, Off: ptrOf(st), OpFlags: uint32(flags)}
}

// PrepPollAdd prepares a wait for one of the POLL events in mask. The result
// has the events.
func (s *SQE) PrepPollAdd(fd int, mask uint32) {
	*s = SQE{Opcode: IORING_OP_POLL_ADD, FD: int32(fd), OpFlags: pollMask(mask, bigEndian)}
}

var bigEndian = binary.NativeEndian.Uint16([]byte{0, 1}) == 1

// pollMask is mask as the kernel reads it. The field was 16 bits wide once, at
// the address where a big-endian machine now has the upper half of 32: there
// the kernel takes the halves swapped.
func pollMask(mask uint32, big bool) uint32 {
	if big {
		return mask<<16 | mask>>16
	}
	return mask
}

// The kernel reads a timespec when it consumes the slot (FEAT_SUBMIT_STABLE,
// 5.5), so it lives until Submit at least: in the heap, not on a stack that
// has moved by then.

// PrepTimeout prepares a timer. It ends with ETIME when ts has passed, or with
// 0 when count other results have been posted before; a count of 0 is none.
func (s *SQE) PrepTimeout(ts *Timespec, count, flags uint32) {
	*s = SQE{Opcode: IORING_OP_TIMEOUT, FD: noFD, Addr: ptrOf(ts), Len: 1, Off: uint64(count), OpFlags: flags}
}

// PrepTimeoutRemove prepares the end of the timer with that UserData.
func (s *SQE) PrepTimeoutRemove(userData uint64, flags uint32) {
	*s = SQE{Opcode: IORING_OP_TIMEOUT_REMOVE, FD: noFD, Addr: userData, OpFlags: flags}
}

// PrepTimeoutUpdate prepares a new time for the timer with that UserData
// (5.11).
func (s *SQE) PrepTimeoutUpdate(userData uint64, ts *Timespec, flags uint32) {
	s.PrepTimeoutRemove(userData, flags|IORING_TIMEOUT_UPDATE)
	s.Off = ptrOf(ts)
}

// PrepLinkTimeout prepares the limit of the operation in the slot before,
// which has IOSQE_IO_LINK. Take the two with NextPair.
func (s *SQE) PrepLinkTimeout(ts *Timespec, flags uint32) {
	*s = SQE{Opcode: IORING_OP_LINK_TIMEOUT, FD: noFD, Addr: ptrOf(ts), Len: 1, OpFlags: flags}
}

// A cancellation ends with 0 (stopped), ENOENT (not there) or EALREADY (running,
// and may or may not stop); with IORING_ASYNC_CANCEL_ALL or _ANY with a count.

// PrepCancel64 prepares the cancellation of the operation with that UserData.
func (s *SQE) PrepCancel64(userData uint64, flags uint32) {
	*s = SQE{Opcode: IORING_OP_ASYNC_CANCEL, FD: noFD, Addr: userData, OpFlags: flags}
}
