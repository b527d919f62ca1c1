//go:build linux

package ring

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
