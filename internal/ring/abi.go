//go:build linux

package ring

import (
	"structs"
	"unsafe"
)

// SQE is struct io_uring_sqe: one submission. The kernel overlays many names
// on these fields; the Prep methods know which operation reads which.
type SQE struct {
	_           structs.HostLayout
	Opcode      uint8
	Flags       uint8 // IOSQE_*
	Ioprio      uint16
	FD          int32
	Off         uint64 // also addr2
	Addr        uint64 // also splice_off_in
	Len         uint32
	OpFlags     uint32 // rw_flags, msg_flags, poll32_events, timeout_flags, ...
	UserData    uint64
	BufIndex    uint16 // buf_index, or buf_group with IOSQE_BUFFER_SELECT
	Personality uint16
	SpliceFD    int32 // also file_index, and addr_len in its first half
	Addr3       uint64
	Pad2        uint64
}

// CQE is struct io_uring_cqe: one result.
type CQE struct {
	_        structs.HostLayout
	UserData uint64
	Res      int32 // a count or descriptor, or a negated errno
	Flags    uint32
}

// Timespec is struct __kernel_timespec: 64 bits in both fields on every
// architecture, unlike unix.Timespec.
type Timespec struct {
	_    structs.HostLayout
	Sec  int64
	Nsec int64
}

// params is struct io_uring_params, filled in by io_uring_setup(2).
type params struct {
	_            structs.HostLayout
	sqEntries    uint32
	cqEntries    uint32
	flags        uint32
	sqThreadCPU  uint32
	sqThreadIdle uint32
	features     uint32
	wqFD         uint32
	resv         [3]uint32
	sqOff        sqringOffsets
	cqOff        cqringOffsets
}

// sqringOffsets is struct io_sqring_offsets.
type sqringOffsets struct {
	_           structs.HostLayout
	head        uint32
	tail        uint32
	ringMask    uint32
	ringEntries uint32
	flags       uint32
	dropped     uint32
	array       uint32
	resv1       uint32
	userAddr    uint64
}

// cqringOffsets is struct io_cqring_offsets.
type cqringOffsets struct {
	_           structs.HostLayout
	head        uint32
	tail        uint32
	ringMask    uint32
	ringEntries uint32
	overflow    uint32
	cqes        uint32
	flags       uint32
	resv1       uint32
	userAddr    uint64
}

// geteventsArg is struct io_uring_getevents_arg, the argument of an
// io_uring_enter(2) with IORING_ENTER_EXT_ARG.
type geteventsArg struct {
	_           structs.HostLayout
	sigmask     uint64
	sigmaskSize uint32
	minWaitUsec uint32
	ts          uint64
}

// syncCancelArg is struct io_uring_sync_cancel_reg, the argument of
// IORING_REGISTER_SYNC_CANCEL.
type syncCancelArg struct {
	_       structs.HostLayout
	addr    uint64
	fd      int32
	flags   uint32
	timeout Timespec
	opcode  uint8
	_       [7]uint8
	_       [3]uint64
}

// restriction is struct io_uring_restriction; what is allowed is an operation or flags.
type restriction struct {
	_       structs.HostLayout
	opcode  uint16
	allowed uint8
	_       uint8
	_       [3]uint32
}

// probeOp is struct io_uring_probe_op.
type probeOp struct {
	_     structs.HostLayout
	op    uint8
	resv  uint8
	flags uint16
	resv2 uint32
}

// probeOpsMax is the largest count io_uring_register(2) accepts for a probe.
const probeOpsMax = 256

// probeArg is struct io_uring_probe with its flexible array at full length.
type probeArg struct {
	_      structs.HostLayout
	lastOp uint8
	opsLen uint8
	resv   uint16
	resv2  [3]uint32
	ops    [probeOpsMax]probeOp
}

// rsrcRegister is struct io_uring_rsrc_register.
type rsrcRegister struct {
	_     structs.HostLayout
	nr    uint32
	flags uint32
	resv2 uint64
	data  uint64
	tags  uint64
}

// rsrcUpdate is struct io_uring_rsrc_update2.
type rsrcUpdate struct {
	_      structs.HostLayout
	offset uint32
	resv   uint32
	data   uint64
	tags   uint64
	nr     uint32
	resv2  uint32
}

// IORING_RSRC_REGISTER_SPARSE registers empty slots (5.19).
const IORING_RSRC_REGISTER_SPARSE uint32 = 1 << 0

// What an entry of a queue takes.
const (
	sqeBytes = int(unsafe.Sizeof(SQE{}))
	cqeBytes = int(unsafe.Sizeof(CQE{}))
)

// The kernel's sizes, checked by the compiler: an array of the wrong length
// does not assign.
var (
	_ [64]byte                 = [unsafe.Sizeof(SQE{})]byte{}
	_ [16]byte                 = [unsafe.Sizeof(CQE{})]byte{}
	_ [16]byte                 = [unsafe.Sizeof(Timespec{})]byte{}
	_ [120]byte                = [unsafe.Sizeof(params{})]byte{}
	_ [40]byte                 = [unsafe.Sizeof(sqringOffsets{})]byte{}
	_ [40]byte                 = [unsafe.Sizeof(cqringOffsets{})]byte{}
	_ [24]byte                 = [unsafe.Sizeof(geteventsArg{})]byte{}
	_ [16 + 8*probeOpsMax]byte = [unsafe.Sizeof(probeArg{})]byte{}
	_ [32]byte                 = [unsafe.Sizeof(rsrcRegister{})]byte{}
	_ [32]byte                 = [unsafe.Sizeof(rsrcUpdate{})]byte{}
	_ [32]byte                 = [unsafe.Offsetof(SQE{}.UserData)]byte{}
	_ [48]byte                 = [unsafe.Offsetof(SQE{}.Addr3)]byte{}
)
