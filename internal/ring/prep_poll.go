//go:build linux

package ring

import "encoding/binary"

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
