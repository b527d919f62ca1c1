//go:build linux

package ring

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
