//go:build linux

package ring

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestPoll(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	nextSlot(t, r).PrepPollAdd(fds[0], unix.POLLIN)
	noResult(t, r)
	mustWrite(t, fds[1], "x")
	if c := waitResults(t, r, 1)[0]; c.Res&unix.POLLIN == 0 || c.Flags&IORING_CQE_F_MORE != 0 {
		t.Errorf("poll: %+v", c)
	}
}

func TestPollMultishotUpdateRemove(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	s := nextSlot(t, r)
	s.PrepPollMultishot(fds[0], unix.POLLIN)
	s.UserData = 1
	noResult(t, r)
	for range 2 {
		mustWrite(t, fds[1], "x")
		if c := waitResults(t, r, 1)[1]; c.Res&unix.POLLIN == 0 || c.Flags&IORING_CQE_F_MORE == 0 {
			t.Fatalf("poll: %+v", c)
		}
	}
	// An update polls anew, and would find what was not read.
	if n, err := unix.Read(fds[0], make([]byte, 8)); n != 2 || err != nil {
		t.Fatalf("read: %d, %v", n, err)
	}
	s = nextSlot(t, r)
	s.PrepPollUpdate(1, 2, 0, IORING_POLL_UPDATE_USER_DATA)
	s.UserData = 3
	wantRes(t, "update", waitResults(t, r, 1)[3].Res, 0)
	s = nextSlot(t, r)
	s.PrepPollRemove(2)
	s.UserData = 4
	got := waitResults(t, r, 2)
	wantRes(t, "remove", got[4].Res, 0)
	wantRes(t, "poll", got[2].Res, neg(unix.ECANCELED))
}
