//go:build linux

package ring

import "golang.org/x/sys/unix"

// In this file an offset of -1 means the file's own position, and it is also
// what pipes and sockets want (IORING_FEAT_RW_CUR_POS). A path ends with NUL.

// PrepRead prepares pread(2).
func (s *SQE) PrepRead(fd int, buf []byte, offset int64) {
	*s = SQE{Opcode: IORING_OP_READ, FD: int32(fd), Addr: addrOf(buf), Len: lenOf(buf), Off: uint64(offset)}
}

// PrepWrite prepares pwrite(2).
func (s *SQE) PrepWrite(fd int, buf []byte, offset int64) {
	*s = SQE{Opcode: IORING_OP_WRITE, FD: int32(fd), Addr: addrOf(buf), Len: lenOf(buf), Off: uint64(offset)}
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
