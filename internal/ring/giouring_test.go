//go:build linux && giouring

package ring

import (
	"fmt"
	"testing"

	"github.com/pawelgaczynski/giouring"
	"golang.org/x/sys/unix"
)

// TestGiouringSameBytes compares the 64 bytes that we and an independent
// driver give the kernel, for each of its functions that is right.
func TestGiouringSameBytes(t *testing.T) {
	buf := make([]byte, 100)
	addr, n := uintptr(addrOf(buf)), uint32(len(buf))
	iov, addrLen := new(unix.Iovec), new(uint32)
	iovAddr, lenAddr := uintptr(ptrOf(iov)), ptrOf(addrLen)
	msg, theirMsg := sameMsghdr()
	type theirs = giouring.SubmissionQueueEntry
	for _, c := range []struct {
		name   string
		ours   func(*SQE)
		theirs func(*theirs)
	}{
		{"Nop", func(s *SQE) { s.PrepNop() }, func(s *theirs) { s.PrepareNop() }},
		{"Recv", func(s *SQE) { s.PrepRecv(7, buf, 3) }, func(s *theirs) { s.PrepareRecv(7, addr, n, 3) }},
		{"Send", func(s *SQE) { s.PrepSend(7, buf, 3) }, func(s *theirs) { s.PrepareSend(7, addr, n, 3) }},
		{"RecvMsg", func(s *SQE) { s.PrepRecvMsg(7, msg, 3) }, func(s *theirs) { s.PrepareRecvMsg(7, theirMsg, 3) }},
		{"SendMsg", func(s *SQE) { s.PrepSendMsg(7, msg, 3) }, func(s *theirs) { s.PrepareSendMsg(7, theirMsg, 3) }},
		{"Accept", func(s *SQE) { s.PrepAccept(7, buf, addrLen, 3) }, func(s *theirs) { s.PrepareAccept(7, addr, lenAddr, 3) }},
		{"Close", func(s *SQE) { s.PrepClose(7) }, func(s *theirs) { s.PrepareClose(7) }},
		{"Cancel64", func(s *SQE) { s.PrepCancel64(5, 1) }, func(s *theirs) { s.PrepareCancel64(5, 1) }},
		{"PollAdd", func(s *SQE) { s.PrepPollAdd(7, 1) }, func(s *theirs) { s.PreparePollAdd(7, 1) }},
		{"Read", func(s *SQE) { s.PrepRead(7, buf, 9) }, func(s *theirs) { s.PrepareRead(7, addr, n, 9) }},
		{"Write", func(s *SQE) { s.PrepWrite(7, buf, -1) }, func(s *theirs) { s.PrepareWrite(7, addr, n, ^uint64(0)) }},
		{"Readv", func(s *SQE) { s.PrepReadv(7, iov, 2, 9, 3) }, func(s *theirs) { s.PrepareReadv2(7, iovAddr, 2, 9, 3) }},
		{"Writev", func(s *SQE) { s.PrepWritev(7, iov, 2, 9, 3) }, func(s *theirs) { s.PrepareWritev2(7, iovAddr, 2, 9, 3) }},
		{"Fsync", func(s *SQE) { s.PrepFsync(7, 1) }, func(s *theirs) { s.PrepareFsync(7, 1) }},
		{"Shutdown", func(s *SQE) { s.PrepShutdown(7, 2) }, func(s *theirs) { s.PrepareShutdown(7, 2) }},
		{"Socket", func(s *SQE) { s.PrepSocket(2, 1, 6, 3) }, func(s *theirs) { s.PrepareSocket(2, 1, 6, 3) }},
	} {
		var ours SQE
		var other theirs
		c.ours(&ours)
		c.theirs(&other)
		if a, b := ours.bytes(), bytesOfGiouring(&other); a != b {
			t.Errorf("%s:\nours   %x\ntheirs %x", c.name, a, b)
		}
	}
}

// giouringRun is run on their ring: submit, wait, reap. It zeroes the slot,
// which they do not.
func giouringRun(t *testing.T, r *giouring.Ring, prep func(*SQE)) int32 {
	t.Helper()
	slot := r.GetSQE()
	if slot == nil {
		t.Fatal("giouring: no slot")
	}
	ours := sqeOfGiouring(slot)
	*ours = SQE{}
	prep(ours)
	ours.UserData = 4711
	if n, err := r.SubmitAndWait(1); n != 1 || err != nil {
		t.Fatalf("giouring: submit: %d, %v", n, err)
	}
	cqe, err := r.WaitCQE()
	if err != nil {
		t.Fatalf("giouring: wait: %v", err)
	}
	defer r.CQESeen(cqe)
	if cqe.UserData != 4711 {
		t.Fatalf("giouring: user data %d", cqe.UserData)
	}
	return cqe.Res
}

// TestGiouringBesideOurs does the same operations on one ring of each driver,
// with our bytes in both, and wants the same results.
func TestGiouringBesideOurs(t *testing.T) {
	ours := openRing(t, Config{Entries: 4})
	theirs, err := giouring.CreateRing(4)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.QueueExit()
	type result struct {
		Res  [7]int32
		Text string
	}
	var got [2]result
	for i, do := range []func(func(*SQE)) int32{
		func(prep func(*SQE)) int32 { return run(t, ours, prep) },
		func(prep func(*SQE)) int32 { return giouringRun(t, theirs, prep) },
	} {
		f, fds, buf := tempFile(t, ""), streamPair(t), make([]byte, 16)
		for range 3 { // round the queues of 4 several times
			got[i].Res = [...]int32{
				do(func(s *SQE) { s.PrepNop() }),
				do(func(s *SQE) { s.PrepWrite(int(f.Fd()), []byte("same"), 0) }),
				do(func(s *SQE) { s.PrepRead(int(f.Fd()), buf[:8], 0) }),
				do(func(s *SQE) { s.PrepSend(fds[0], []byte("words"), unix.MSG_NOSIGNAL) }),
				do(func(s *SQE) { s.PrepRecv(fds[1], buf[8:], 0) }),
				do(func(s *SQE) { s.PrepRead(-1, buf, 0) }),
				do(func(s *SQE) { s.PrepCancel64(99, 0) }),
			}
		}
		got[i].Text = fmt.Sprintf("%q", buf)
	}
	if got[0] != got[1] {
		t.Errorf("ours   %+v\ntheirs %+v", got[0], got[1])
	}
	want := [...]int32{0, 4, 4, 5, 5, neg(unix.EBADF), neg(unix.ENOENT)}
	if got[0].Res != want {
		t.Errorf("got %d, want %d", got[0].Res, want)
	}
}
