package floor

import "structs"

// The kernel's names and layouts, from linux/io_uring.h: those of them that an
// echo needs.

const (
	setupCQSize       = 1 << 3
	setupSubmitAll    = 1 << 7
	setupSingleIssuer = 1 << 12
	setupDeferTaskrun = 1 << 13

	featSingleMmap = 1 << 0

	offSQRing = 0
	offSQEs   = 0x10000000

	enterGetEvents = 1 << 0

	opAccept = 13
	opSend   = 26
	opRecv   = 27

	// recvPollFirst spares the kernel a try before anything can have arrived.
	recvPollFirst = 1 << 0
)

// sqe is struct io_uring_sqe.
type sqe struct {
	_        structs.HostLayout
	opcode   uint8
	flags    uint8
	ioprio   uint16
	fd       int32
	off      uint64
	addr     uint64
	len      uint32
	opFlags  uint32
	userData uint64
	_        [3]uint64
}

// cqe is struct io_uring_cqe.
type cqe struct {
	_        structs.HostLayout
	userData uint64
	res      int32
	flags    uint32
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
