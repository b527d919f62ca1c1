//go:build linux

package ring

// SQE.Flags.
const (
	IOSQE_FIXED_FILE       uint8 = 1 << 0
	IOSQE_IO_DRAIN         uint8 = 1 << 1
	IOSQE_IO_LINK          uint8 = 1 << 2
	IOSQE_IO_HARDLINK      uint8 = 1 << 3
	IOSQE_ASYNC            uint8 = 1 << 4
	IOSQE_BUFFER_SELECT    uint8 = 1 << 5
	IOSQE_CQE_SKIP_SUCCESS uint8 = 1 << 6 // 5.17
)

// CQE.Flags; with IORING_CQE_F_BUFFER the upper half is the buffer's id.
const (
	IORING_CQE_F_BUFFER        uint32 = 1 << 0
	IORING_CQE_F_MORE          uint32 = 1 << 1
	IORING_CQE_F_SOCK_NONEMPTY uint32 = 1 << 2
	IORING_CQE_F_NOTIF         uint32 = 1 << 3

	IORING_CQE_BUFFER_SHIFT = 16
)

// SQE.Ioprio of socket operations.
const (
	IORING_RECVSEND_POLL_FIRST  uint16 = 1 << 0
	IORING_RECV_MULTISHOT       uint16 = 1 << 1
	IORING_RECVSEND_FIXED_BUF   uint16 = 1 << 2
	IORING_SEND_ZC_REPORT_USAGE uint16 = 1 << 3

	IORING_ACCEPT_MULTISHOT uint16 = 1 << 0
)

// SQE.OpFlags of timeouts.
const (
	IORING_TIMEOUT_ABS           uint32 = 1 << 0
	IORING_TIMEOUT_UPDATE        uint32 = 1 << 1
	IORING_TIMEOUT_BOOTTIME      uint32 = 1 << 2
	IORING_TIMEOUT_REALTIME      uint32 = 1 << 3
	IORING_LINK_TIMEOUT_UPDATE   uint32 = 1 << 4
	IORING_TIMEOUT_ETIME_SUCCESS uint32 = 1 << 5
	IORING_TIMEOUT_MULTISHOT     uint32 = 1 << 6
)

// SQE.Len of polls, whose OpFlags hold the event mask.
const (
	IORING_POLL_ADD_MULTI        uint32 = 1 << 0
	IORING_POLL_UPDATE_EVENTS    uint32 = 1 << 1
	IORING_POLL_UPDATE_USER_DATA uint32 = 1 << 2
	IORING_POLL_ADD_LEVEL        uint32 = 1 << 3
)

// SQE.OpFlags of cancellations.
const (
	IORING_ASYNC_CANCEL_ALL      uint32 = 1 << 0
	IORING_ASYNC_CANCEL_FD       uint32 = 1 << 1
	IORING_ASYNC_CANCEL_ANY      uint32 = 1 << 2
	IORING_ASYNC_CANCEL_FD_FIXED uint32 = 1 << 3
	IORING_ASYNC_CANCEL_USERDATA uint32 = 1 << 4
	IORING_ASYNC_CANCEL_OP       uint32 = 1 << 5
)

// IORING_FSYNC_DATASYNC makes an fsync an fdatasync.
const IORING_FSYNC_DATASYNC uint32 = 1 << 0

// MAX_RW_COUNT is the most the kernel moves in one call: INT_MAX less a part
// of a page. What is longer is moved in part, so a longer length says nothing.
const MAX_RW_COUNT = 0x7ffff000
