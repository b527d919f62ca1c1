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

// PrepMsgRing prepares a message to the ring with descriptor fd, where it
// arrives as a result with Res and UserData as given (5.18).
func (s *SQE) PrepMsgRing(fd int, res uint32, userData uint64, flags uint32) {
	*s = SQE{Opcode: IORING_OP_MSG_RING, FD: int32(fd), Len: res, Off: userData, OpFlags: flags}
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
	*s = SQE{Opcode: IORING_OP_RECV, FD: int32(fd), Addr: addrOf(buf), Len: uint32(min(len(buf), MAX_RW_COUNT)), OpFlags: flags}
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
	*s = SQE{Opcode: IORING_OP_SEND, FD: int32(fd), Addr: addrOf(buf), Len: uint32(min(len(buf), MAX_RW_COUNT)), OpFlags: flags}
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

// PrepReadFixed prepares a read into buf, a part of registered buffer index.
func (s *SQE) PrepReadFixed(fd int, buf []byte, offset int64, index uint16) {
	s.PrepRead(fd, buf, offset)
	s.Opcode, s.BufIndex = IORING_OP_READ_FIXED, index
}

// PrepWriteFixed prepares a write from buf, a part of registered buffer index.
func (s *SQE) PrepWriteFixed(fd int, buf []byte, offset int64, index uint16) {
	s.PrepWrite(fd, buf, offset)
	s.Opcode, s.BufIndex = IORING_OP_WRITE_FIXED, index
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

// PrepUnlinkAt prepares unlinkat(2) (5.11).
func (s *SQE) PrepUnlinkAt(dirFD int, path *byte, flags int) {
	*s = SQE{Opcode: IORING_OP_UNLINKAT, FD: int32(dirFD), Addr: ptrOf(path), OpFlags: uint32(flags)}
}

// PrepFallocate prepares fallocate(2). The length travels in the address and
// the mode in the length.
func (s *SQE) PrepFallocate(fd int, mode uint32, offset, length int64) {
	*s = SQE{Opcode: IORING_OP_FALLOCATE, FD: int32(fd), Off: uint64(offset), Addr: uint64(length), Len: mode}
}

// PrepFadvise prepares posix_fadvise(2) for length bytes, 0 for to the end.
func (s *SQE) PrepFadvise(fd int, offset int64, length uint32, advice int) {
	*s = SQE{Opcode: IORING_OP_FADVISE, FD: int32(fd), Off: uint64(offset), Len: length, OpFlags: uint32(advice)}
}

// PrepSyncFileRange prepares sync_file_range(2) for length bytes, 0 for to the end.
func (s *SQE) PrepSyncFileRange(fd int, offset int64, length, flags uint32) {
	*s = SQE{Opcode: IORING_OP_SYNC_FILE_RANGE, FD: int32(fd), Off: uint64(offset), Len: length, OpFlags: flags}
}

// PrepSplice prepares splice(2); offsets are -1 for pipes.
func (s *SQE) PrepSplice(fdIn int, offsetIn int64, fdOut int, offsetOut int64, length, flags uint32) {
	*s = SQE{
		Opcode: IORING_OP_SPLICE, FD: int32(fdOut), SpliceFD: int32(fdIn),
		Off: uint64(offsetOut), Addr: uint64(offsetIn), Len: length, OpFlags: flags,
	}
}

// PrepTee prepares tee(2).
func (s *SQE) PrepTee(fdIn, fdOut int, length, flags uint32) {
	*s = SQE{Opcode: IORING_OP_TEE, FD: int32(fdOut), SpliceFD: int32(fdIn), Len: length, OpFlags: flags}
}

// PrepPollAdd prepares a wait for one of the POLL events in mask. The result
// has the events.
func (s *SQE) PrepPollAdd(fd int, mask uint32) {
	*s = SQE{Opcode: IORING_OP_POLL_ADD, FD: int32(fd), OpFlags: pollMask(mask, bigEndian)}
}

// PrepPollMultishot prepares a poll with a result for every event until one
// has no IORING_CQE_F_MORE (5.13).
func (s *SQE) PrepPollMultishot(fd int, mask uint32) {
	s.PrepPollAdd(fd, mask)
	s.Len = IORING_POLL_ADD_MULTI
}

// PrepPollRemove prepares the end of the poll with that UserData.
func (s *SQE) PrepPollRemove(userData uint64) {
	*s = SQE{Opcode: IORING_OP_POLL_REMOVE, FD: noFD, Addr: userData}
}

// PrepPollUpdate prepares a change of the poll with UserData old: its mask, its
// UserData, or both, as flags (IORING_POLL_UPDATE_) say (5.13).
func (s *SQE) PrepPollUpdate(old, userData uint64, mask, flags uint32) {
	*s = SQE{
		Opcode: IORING_OP_POLL_REMOVE, FD: noFD,
		Addr: old, Off: userData, Len: flags, OpFlags: pollMask(mask, bigEndian),
	}
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

// PrepLinkTimeoutUpdate prepares a new time for the linked timeout with that
// UserData (5.15).
func (s *SQE) PrepLinkTimeoutUpdate(userData uint64, ts *Timespec, flags uint32) {
	s.PrepTimeoutUpdate(userData, ts, flags|IORING_LINK_TIMEOUT_UPDATE)
}

// A cancellation ends with 0 (stopped), ENOENT (not there) or EALREADY (running,
// and may or may not stop); with IORING_ASYNC_CANCEL_ALL or _ANY with a count.

// PrepCancel64 prepares the cancellation of the operation with that UserData.
func (s *SQE) PrepCancel64(userData uint64, flags uint32) {
	*s = SQE{Opcode: IORING_OP_ASYNC_CANCEL, FD: noFD, Addr: userData, OpFlags: flags}
}

// PrepCancelFD prepares the cancellation of an operation on fd, or with
// IORING_ASYNC_CANCEL_ALL of every one (5.19). It does not find timeouts.
func (s *SQE) PrepCancelFD(fd int, flags uint32) {
	*s = SQE{Opcode: IORING_OP_ASYNC_CANCEL, FD: int32(fd), OpFlags: flags | IORING_ASYNC_CANCEL_FD}
}

// PrepCancelAny prepares the cancellation of any operation, or with
// IORING_ASYNC_CANCEL_ALL of every one (5.19).
func (s *SQE) PrepCancelAny(flags uint32) {
	*s = SQE{Opcode: IORING_OP_ASYNC_CANCEL, FD: noFD, OpFlags: flags | IORING_ASYNC_CANCEL_ANY}
}

// PrepProvideBuffers prepares giving buf to the group as count buffers of size
// bytes each, with ids from first on. They belong to the kernel until a result
// names them, or until the group's buffers are removed.
func (s *SQE) PrepProvideBuffers(buf []byte, size uint32, count int, group, first uint16) {
	*s = SQE{
		Opcode: IORING_OP_PROVIDE_BUFFERS, FD: int32(count),
		Addr: addrOf(buf), Len: size, Off: uint64(first), BufIndex: group,
	}
}

// PrepRemoveBuffers prepares taking count buffers back from the group.
func (s *SQE) PrepRemoveBuffers(count int, group uint16) {
	*s = SQE{Opcode: IORING_OP_REMOVE_BUFFERS, FD: int32(count), BufIndex: group}
}

// selectBuffer lets the kernel choose a buffer of the group at completion.
func (s *SQE) selectBuffer(group uint16) {
	s.Flags |= IOSQE_BUFFER_SELECT
	s.BufIndex = group
}
