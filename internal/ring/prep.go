//go:build linux

package ring

// Every Prep method writes the whole SQE, UserData and Flags included: set
// those two afterwards. Which field an operation reads is in io_uring_enter(2);
// a field it does not read must be zero, or newer kernels answer EINVAL.

// noFD is the descriptor of operations that have none.
const noFD = -1

// lenOf is b's length for the kernel. What is beyond MAX_RW_COUNT would only
// be moved by another operation, as with a short read.
func lenOf(b []byte) uint32 {
	return uint32(min(len(b), MAX_RW_COUNT))
}

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
