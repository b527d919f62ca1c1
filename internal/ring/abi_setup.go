//go:build linux

package ring

// Flags of io_uring_setup(2), with the kernel that brought each.
const (
	IORING_SETUP_CQSIZE       uint32 = 1 << 3  // 5.5
	IORING_SETUP_CLAMP        uint32 = 1 << 4  // 5.6
	IORING_SETUP_R_DISABLED   uint32 = 1 << 6  // 5.10
	IORING_SETUP_SUBMIT_ALL   uint32 = 1 << 7  // 5.18
	IORING_SETUP_COOP_TASKRUN uint32 = 1 << 8  // 5.19
	IORING_SETUP_TASKRUN_FLAG uint32 = 1 << 9  // 5.19
	IORING_SETUP_NO_SQARRAY   uint32 = 1 << 16 // 6.6
)

// What the kernel says it can do, params.features.
const (
	IORING_FEAT_SINGLE_MMAP     uint32 = 1 << 0
	IORING_FEAT_NODROP          uint32 = 1 << 1
	IORING_FEAT_SUBMIT_STABLE   uint32 = 1 << 2
	IORING_FEAT_RW_CUR_POS      uint32 = 1 << 3
	IORING_FEAT_CUR_PERSONALITY uint32 = 1 << 4
	IORING_FEAT_FAST_POLL       uint32 = 1 << 5
	IORING_FEAT_POLL_32BITS     uint32 = 1 << 6
	IORING_FEAT_EXT_ARG         uint32 = 1 << 8
	IORING_FEAT_NATIVE_WORKERS  uint32 = 1 << 9
	IORING_FEAT_CQE_SKIP        uint32 = 1 << 11
	IORING_FEAT_LINKED_FILE     uint32 = 1 << 12
	IORING_FEAT_NO_IOWAIT       uint32 = 1 << 17
)

// Offsets to give mmap(2) for each part of the ring.
const (
	IORING_OFF_SQ_RING int64 = 0
	IORING_OFF_CQ_RING int64 = 0x8000000
	IORING_OFF_SQES    int64 = 0x10000000
)

// Flags of io_uring_enter(2).
const (
	IORING_ENTER_GETEVENTS uint32 = 1 << 0
	IORING_ENTER_EXT_ARG   uint32 = 1 << 3
)

// The kernel's word to us in the flags of the submission ring.
const (
	IORING_SQ_CQ_OVERFLOW uint32 = 1 << 1 // results wait outside the full CQ
	IORING_SQ_TASKRUN     uint32 = 1 << 2 // results wait for us to enter
)

// IORING_CQ_EVENTFD_DISABLED is our word to the kernel in the flags of the
// completion ring (5.8): do not write to the registered eventfd.
const IORING_CQ_EVENTFD_DISABLED uint32 = 1 << 0

// Operations of io_uring_register(2).
const (
	IORING_REGISTER_BUFFERS   uint32 = 0
	IORING_UNREGISTER_BUFFERS uint32 = 1
	IORING_REGISTER_EVENTFD   uint32 = 4
	IORING_REGISTER_PROBE     uint32 = 8

	IORING_REGISTER_RESTRICTIONS     uint32 = 11 // 5.10
	IORING_REGISTER_ENABLE_RINGS     uint32 = 12
	IORING_REGISTER_FILES2           uint32 = 13 // 5.13
	IORING_REGISTER_FILES_UPDATE2    uint32 = 14
	IORING_REGISTER_IOWQ_MAX_WORKERS uint32 = 19 // 5.15
	IORING_REGISTER_SYNC_CANCEL      uint32 = 24
)

// Kinds of restriction (enum io_uring_restriction_op).
const (
	IORING_RESTRICTION_REGISTER_OP       uint16 = 0
	IORING_RESTRICTION_SQE_OP            uint16 = 1
	IORING_RESTRICTION_SQE_FLAGS_ALLOWED uint16 = 2
)

// IO_URING_OP_SUPPORTED marks an operation in the answer to a probe.
const IO_URING_OP_SUPPORTED uint16 = 1 << 0
