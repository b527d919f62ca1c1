//go:build linux

package ring

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
