package uring

import "structs"

// The kernel's names and layouts, from linux/io_uring.h: those of them that are
// needed here.

const (
	setupCQSize       = 1 << 3
	setupSubmitAll    = 1 << 7
	setupCoopTaskrun  = 1 << 8
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13

	featSingleMmap = 1 << 0
	featExtArg     = 1 << 8

	offSQRing = 0
	offSQEs   = 0x10000000

	enterGetEvents = 1 << 0
	enterExtArg    = 1 << 3

	registerBufferRing = 22
)

// The operations.
const (
	OpNop    = 0
	OpAccept = 13
	OpSend   = 26
	OpRecv   = 27
)

// Flags of an SQE.
const (
	// BufferSelect has the kernel take one of the Buffers.
	BufferSelect = 1 << 5
	// SkipSuccess is for an operation whose result matters only where it failed.
	SkipSuccess = 1 << 6
)

// Flags of a receive, in an SQE's Ioprio.
const (
	// RecvPollFirst spares the kernel a try before anything can have arrived.
	RecvPollFirst = 1 << 0
	// RecvMultishot goes on after a result. It needs BufferSelect.
	RecvMultishot = 1 << 1
)

// More is the flag of a CQE whose operation goes on.
const More = 1 << 1

// bufferShift is where a CQE's flags have the number of a buffer.
const bufferShift = 16

// SQE is struct io_uring_sqe.
type SQE struct {
	_        structs.HostLayout
	Op       uint8
	Flags    uint8
	Ioprio   uint16
	FD       int32
	off      uint64
	Addr     uint64
	Len      uint32
	OpFlags  uint32
	UserData uint64
	BufGroup uint16
	_        uint16
	_        uint32
	_        [2]uint64
}

// CQE is struct io_uring_cqe.
type CQE struct {
	_        structs.HostLayout
	UserData uint64
	Res      int32
	Flags    uint32
}

// params is struct io_uring_params.
type params struct {
	_            structs.HostLayout
	sqEntries    uint32
	cqEntries    uint32
	flags        uint32
	sqThreadCPU  uint32
	sqThreadIdle uint32
	features     uint32
	wqFD         uint32
	_            [3]uint32
	sqOff        offsets
	cqOff        offsets
}

// offsets is struct io_sqring_offsets and struct io_cqring_offsets, whose last
// names differ.
type offsets struct {
	_       structs.HostLayout
	head    uint32
	tail    uint32
	mask    uint32
	entries uint32
	five    uint32 // flags, overflow
	six     uint32 // dropped, cqes
	seven   uint32 // array, flags
	_       uint32
	_       uint64
}

// getEventsArg is struct io_uring_getevents_arg.
type getEventsArg struct {
	_        structs.HostLayout
	_        uint64 // sigmask
	_        uint32
	_        uint32
	timespec uint64
}

// bufferReg is struct io_uring_buf_reg.
type bufferReg struct {
	_       structs.HostLayout
	addr    uint64
	entries uint32
	group   uint16
	_       uint16
	_       [3]uint64
}

// buffer is struct io_uring_buf. The last two bytes of the first one are the ring's
// tail.
type buffer struct {
	_    structs.HostLayout
	addr uint64
	len  uint32
	id   uint16
	tail uint16
}
