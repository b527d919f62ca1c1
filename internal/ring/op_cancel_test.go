//go:build linux

package ring

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestCancel(t *testing.T) {
	for _, c := range []struct {
		name   string
		prep   func(s *SQE)
		cancel int32
		stops  bool
	}{
		{"by user data", func(s *SQE) { s.PrepCancel64(1, 0) }, 0, true},
		{"of nothing", func(s *SQE) { s.PrepCancel64(99, 0) }, neg(unix.ENOENT), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openRing(t, Config{})
			fds := streamPair(t)
			s := nextSlot(t, r)
			s.PrepRecv(fds[0], make([]byte, 8), 0)
			s.UserData = 1
			noResult(t, r)
			s = nextSlot(t, r)
			c.prep(s)
			s.UserData = 2
			if !c.stops {
				wantRes(t, "cancel", waitResults(t, r, 1)[2].Res, c.cancel)
				noResult(t, r)
				return
			}
			got := waitResults(t, r, 2)
			wantRes(t, "cancel", got[2].Res, c.cancel)
			wantRes(t, "recv", got[1].Res, neg(unix.ECANCELED))
		})
	}
}

// TestCancelOfMainEndsItsLinkTimeout and a cancel of the timeout itself finds
// nothing: it is not where cancellations look.
func TestCancelOfMainEndsItsLinkTimeout(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	spec := TimespecOf(time.Hour)
	recvWithin(t, r, fds[0], make([]byte, 8), &spec)
	s := nextSlot(t, r)
	s.PrepCancel64(2, 0)
	s.UserData = 3
	wantRes(t, "cancel of the timeout", waitResults(t, r, 1)[3].Res, neg(unix.ENOENT))
	s = nextSlot(t, r)
	s.PrepCancel64(1, 0)
	s.UserData = 4
	got := waitResults(t, r, 3)
	wantRes(t, "cancel", got[4].Res, 0)
	wantRes(t, "recv", got[1].Res, neg(unix.ECANCELED))
	wantRes(t, "timeout", got[2].Res, neg(unix.ECANCELED))
}

// TestCloseCancelsNothing: a receive keeps its socket open after close(2), and
// takes what the peer sends later.
func TestCloseCancelsNothing(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	buf := make([]byte, 8)
	nextSlot(t, r).PrepRecv(fds[0], buf, 0)
	noResult(t, r)
	if err := unix.Close(fds[0]); err != nil {
		t.Fatal(err)
	}
	fds[0] = -1
	noResult(t, r)
	mustWrite(t, fds[1], "late")
	wantRes(t, "recv", waitRes(t, r), 4)
	if string(buf[:4]) != "late" {
		t.Errorf("received %q", buf[:4])
	}
}

// TestShutdownEndsARecv is what close must do first.
func TestShutdownEndsARecv(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	nextSlot(t, r).PrepRecv(fds[0], make([]byte, 8), 0)
	noResult(t, r)
	if err := unix.Shutdown(fds[0], unix.SHUT_RDWR); err != nil {
		t.Fatal(err)
	}
	wantRes(t, "recv", waitRes(t, r), 0)
}
