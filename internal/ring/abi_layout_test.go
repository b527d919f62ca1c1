//go:build linux

package ring

import (
	"testing"
	"unsafe"
)

func TestABILayout(t *testing.T) {
	var s SQE
	var p params
	for _, c := range []struct {
		what      string
		got, want uintptr
	}{
		{"sizeof sqe", unsafe.Sizeof(s), 64},
		{"sizeof cqe", unsafe.Sizeof(CQE{}), 16},
		{"sizeof timespec", unsafe.Sizeof(Timespec{}), 16},
		{"sizeof params", unsafe.Sizeof(p), 120},
		{"sizeof getevents_arg", unsafe.Sizeof(geteventsArg{}), 24},
		{"sizeof restriction", unsafe.Sizeof(restriction{}), 16},
		{"sizeof sync_cancel_reg", unsafe.Sizeof(syncCancelArg{}), 64},
		{"sync_cancel_reg.timeout", unsafe.Offsetof(syncCancelArg{}.timeout), 16},
		{"sync_cancel_reg.opcode", unsafe.Offsetof(syncCancelArg{}.opcode), 32},
		{"sqe.ioprio", unsafe.Offsetof(s.Ioprio), 2},
		{"sqe.fd", unsafe.Offsetof(s.FD), 4},
		{"sqe.off", unsafe.Offsetof(s.Off), 8},
		{"sqe.addr", unsafe.Offsetof(s.Addr), 16},
		{"sqe.len", unsafe.Offsetof(s.Len), 24},
		{"sqe.rw_flags", unsafe.Offsetof(s.OpFlags), 28},
		{"sqe.user_data", unsafe.Offsetof(s.UserData), 32},
		{"sqe.buf_index", unsafe.Offsetof(s.BufIndex), 40},
		{"sqe.personality", unsafe.Offsetof(s.Personality), 42},
		{"sqe.splice_fd_in", unsafe.Offsetof(s.SpliceFD), 44},
		{"sqe.addr3", unsafe.Offsetof(s.Addr3), 48},
		{"params.features", unsafe.Offsetof(p.features), 20},
		{"params.sq_off", unsafe.Offsetof(p.sqOff), 40},
		{"params.cq_off", unsafe.Offsetof(p.cqOff), 80},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d, want %d", c.what, c.got, c.want)
		}
	}
}

func TestABIOperationNumbers(t *testing.T) {
	for _, c := range []struct{ got, want uint8 }{
		{IORING_OP_NOP, 0}, {IORING_OP_TIMEOUT, 11}, {IORING_OP_LINK_TIMEOUT, 15},
		{IORING_OP_READ, 22}, {IORING_OP_RECV, 27}, {IORING_OP_SHUTDOWN, 34},
		{IORING_OP_MSG_RING, 40}, {IORING_OP_SOCKET, 45}, {IORING_OP_SENDMSG_ZC, 48},
	} {
		if c.got != c.want {
			t.Errorf("got %d, want %d", c.got, c.want)
		}
	}
}
