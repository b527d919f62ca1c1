//go:build linux

package ring

import (
	"math/bits"
	"testing"

	"golang.org/x/sys/unix"
)

// TestPrepWritesEveryField fills a slot that is all garbage and wants exactly
// the fields that the operation reads.
func TestPrepWritesEveryField(t *testing.T) {
	buf := make([]byte, 100)
	addr := addrOf(buf)
	path := &buf[0]
	ts, iov, msg := new(Timespec), new(unix.Iovec), new(unix.Msghdr)
	st, addrLen := new(unix.Statx_t), new(uint32)
	for _, c := range []struct {
		name string
		prep func(*SQE)
		want SQE
	}{
		{"Nop", func(s *SQE) { s.PrepNop() }, SQE{FD: -1}},
		{"Close", func(s *SQE) { s.PrepClose(7) }, SQE{Opcode: 19, FD: 7}},
		{"Socket", func(s *SQE) { s.PrepSocket(2, 1, 6, 3) }, SQE{Opcode: 45, FD: 2, Off: 1, Len: 6, OpFlags: 3}},
		{"Connect", func(s *SQE) { s.PrepConnect(7, buf[:16]) }, SQE{Opcode: 16, FD: 7, Addr: addr, Off: 16}},
		{"Accept", func(s *SQE) { s.PrepAccept(7, buf, addrLen, 3) }, SQE{Opcode: 13, FD: 7, Addr: addr, Off: ptrOf(addrLen), OpFlags: 3}},
		{"Accept anyone", func(s *SQE) { s.PrepAccept(7, nil, nil, 3) }, SQE{Opcode: 13, FD: 7, OpFlags: 3}},
		{"Shutdown", func(s *SQE) { s.PrepShutdown(7, 2) }, SQE{Opcode: 34, FD: 7, Len: 2}},
		{"Recv", func(s *SQE) { s.PrepRecv(7, buf, 3) }, SQE{Opcode: 27, FD: 7, Addr: addr, Len: 100, OpFlags: 3}},
		{"Send", func(s *SQE) { s.PrepSend(7, buf, 3) }, SQE{Opcode: 26, FD: 7, Addr: addr, Len: 100, OpFlags: 3}},
		{"Send nothing", func(s *SQE) { s.PrepSend(7, buf[:0], 3) }, SQE{Opcode: 26, FD: 7, OpFlags: 3}},
		{"RecvMsg", func(s *SQE) { s.PrepRecvMsg(7, msg, 3) }, SQE{Opcode: 10, FD: 7, Addr: ptrOf(msg), Len: 1, OpFlags: 3}},
		{"SendMsg", func(s *SQE) { s.PrepSendMsg(7, msg, 3) }, SQE{Opcode: 9, FD: 7, Addr: ptrOf(msg), Len: 1, OpFlags: 3}},
		{"Read", func(s *SQE) { s.PrepRead(7, buf, 9) }, SQE{Opcode: 22, FD: 7, Addr: addr, Len: 100, Off: 9}},
		{"Write here", func(s *SQE) { s.PrepWrite(7, buf, -1) }, SQE{Opcode: 23, FD: 7, Addr: addr, Len: 100, Off: ^uint64(0)}},
		{"Readv", func(s *SQE) { s.PrepReadv(7, iov, 2, 9, 3) }, SQE{Opcode: 1, FD: 7, Addr: ptrOf(iov), Len: 2, Off: 9, OpFlags: 3}},
		{"Writev", func(s *SQE) { s.PrepWritev(7, iov, 2, 9, 3) }, SQE{Opcode: 2, FD: 7, Addr: ptrOf(iov), Len: 2, Off: 9, OpFlags: 3}},
		{"Fsync", func(s *SQE) { s.PrepFsync(7, 1) }, SQE{Opcode: 3, FD: 7, OpFlags: 1}},
		{"OpenAt", func(s *SQE) { s.PrepOpenAt(-100, path, 3, 0o600) }, SQE{Opcode: 18, FD: -100, Addr: addr, Len: 0o600, OpFlags: 3}},
		{"Statx", func(s *SQE) { s.PrepStatx(-100, path, 3, 0xfff, st) }, SQE{Opcode: 21, FD: -100, Addr: addr, Len: 0xfff, Off: ptrOf(st), OpFlags: 3}},
		{"PollAdd", func(s *SQE) { s.PrepPollAdd(7, 1) }, SQE{Opcode: 6, FD: 7, OpFlags: pollMask(1, bigEndian)}},
		{"Timeout", func(s *SQE) { s.PrepTimeout(ts, 5, 3) }, SQE{Opcode: 11, FD: -1, Addr: ptrOf(ts), Len: 1, Off: 5, OpFlags: 3}},
		{"TimeoutRemove", func(s *SQE) { s.PrepTimeoutRemove(5, 0) }, SQE{Opcode: 12, FD: -1, Addr: 5}},
		{"TimeoutUpdate", func(s *SQE) { s.PrepTimeoutUpdate(5, ts, 1) }, SQE{Opcode: 12, FD: -1, Addr: 5, Off: ptrOf(ts), OpFlags: 3}},
		{"LinkTimeout", func(s *SQE) { s.PrepLinkTimeout(ts, 3) }, SQE{Opcode: 15, FD: -1, Addr: ptrOf(ts), Len: 1, OpFlags: 3}},
		{"Cancel64", func(s *SQE) { s.PrepCancel64(5, 1) }, SQE{Opcode: 14, FD: -1, Addr: 5, OpFlags: 1}},
	} {
		s := garbage()
		c.prep(&s)
		if s != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", c.name, s, c.want)
		}
	}
}

// TestLengthIsCapped never touches the memory it claims.
func TestLengthIsCapped(t *testing.T) {
	if bits.UintSize == 32 {
		t.Skip("no slice is that long here")
	}
	size := uint64(8 << 30) // not a constant, which would not compile for 32 bits
	huge := hugeSlice(t, int(size))
	for name, prepare := range map[string]func(s *SQE, b []byte){
		"recv":  func(s *SQE, b []byte) { s.PrepRecv(7, b, 0) },
		"send":  func(s *SQE, b []byte) { s.PrepSend(7, b, 0) },
		"read":  func(s *SQE, b []byte) { s.PrepRead(7, b, 0) },
		"write": func(s *SQE, b []byte) { s.PrepWrite(7, b, 0) },
	} {
		var s SQE
		if prepare(&s, huge); s.Len != MAX_RW_COUNT {
			t.Errorf("%s of 8 GiB: length %#x, want %#x", name, s.Len, MAX_RW_COUNT)
		}
		if prepare(&s, huge[:MAX_RW_COUNT-1]); s.Len != MAX_RW_COUNT-1 {
			t.Errorf("%s below the cap: length %#x", name, s.Len)
		}
	}
}

func TestPollMaskHalves(t *testing.T) {
	const mask = uint32(unix.POLLIN) | 1<<28 // with EPOLLEXCLUSIVE
	if got := pollMask(mask, false); got != mask {
		t.Errorf("little-endian: %#x", got)
	}
	if got := pollMask(mask, true); got != 0x00011000 {
		t.Errorf("big-endian: %#x", got)
	}
}
