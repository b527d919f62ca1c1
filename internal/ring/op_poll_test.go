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
