//go:build linux

package ring

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestTimespecOf(t *testing.T) {
	for d, want := range map[time.Duration]Timespec{
		0: {}, -1: {}, 1: {Nsec: 1}, time.Second: {Sec: 1}, 1500 * time.Millisecond: {Sec: 1, Nsec: 500_000_000},
	} {
		if got := TimespecOf(d); got != want {
			t.Errorf("%v: got %+v, want %+v", d, got, want)
		}
	}
}

func TestTimeout(t *testing.T) {
	r := openRing(t, Config{})
	spec := TimespecOf(10 * time.Millisecond)
	start := time.Now()
	wantRes(t, "timeout", run(t, r, func(s *SQE) { s.PrepTimeout(&spec, 0, 0) }), neg(unix.ETIME))
	if d := time.Since(start); d < 10*time.Millisecond {
		t.Errorf("10 ms passed in %v", d)
	}
}

func TestTimeoutUpdateAndRemove(t *testing.T) {
	r := openRing(t, Config{})
	long, short := TimespecOf(time.Hour), TimespecOf(time.Millisecond)
	for id := range uint64(2) {
		s := nextSlot(t, r)
		s.PrepTimeout(&long, 0, 0)
		s.UserData = id
	}
	s := nextSlot(t, r)
	s.PrepTimeoutUpdate(0, &short, 0)
	s.UserData = 10
	s = nextSlot(t, r)
	s.PrepTimeoutRemove(1, 0)
	s.UserData = 11
	s = nextSlot(t, r)
	s.PrepTimeoutRemove(99, 0)
	s.UserData = 12
	got := waitResults(t, r, 5)
	wantRes(t, "updated", got[0].Res, neg(unix.ETIME))
	wantRes(t, "removed", got[1].Res, neg(unix.ECANCELED))
	wantRes(t, "update", got[10].Res, 0)
	wantRes(t, "remove", got[11].Res, 0)
	wantRes(t, "remove of nothing", got[12].Res, neg(unix.ENOENT))
}

// recvWithin submits a receive and its linked timeout, user data 1 and 2.
func recvWithin(t testing.TB, r *Ring, fd int, buf []byte, spec *Timespec) {
	t.Helper()
	a, b := r.NextPair()
	if a == nil || b == nil {
		t.Fatal("no room for a pair")
		return // for static analysis, which does not know Fatal here
	}
	a.PrepRecv(fd, buf, 0)
	a.UserData = 1
	a.Flags |= IOSQE_IO_LINK
	b.PrepLinkTimeout(spec, 0)
	b.UserData = 2
	if _, err := r.Submit(); err != nil {
		t.Fatal(err)
	}
}

func TestLinkTimeout(t *testing.T) {
	for _, c := range []struct {
		name          string
		before, after string // what the peer writes before and after submitting
		spec          Timespec
		recv, timeout []int32
	}{
		{"data first", "abc", "", Timespec{Sec: 60}, []int32{3}, []int32{neg(unix.ECANCELED)}},
		{"data later", "", "abc", Timespec{Sec: 60}, []int32{3}, []int32{neg(unix.ECANCELED)}},
		{"fires", "", "", Timespec{Nsec: 5e6}, []int32{neg(unix.ECANCELED)}, []int32{neg(unix.ETIME)}},
		{"fires at once", "", "", Timespec{}, []int32{neg(unix.ECANCELED)}, []int32{neg(unix.ETIME)}},
		{"negative", "", "", Timespec{Sec: -1}, []int32{neg(unix.ECANCELED)}, []int32{neg(unix.EINVAL)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := openRing(t, Config{Entries: 2})
			fds := streamPair(t)
			mustWrite(t, fds[1], c.before)
			spec, buf := c.spec, make([]byte, 8)
			recvWithin(t, r, fds[0], buf, &spec)
			mustWrite(t, fds[1], c.after)
			got := waitResults(t, r, 2) // both come, in either order
			wantRes(t, "recv", got[1].Res, c.recv...)
			wantRes(t, "timeout", got[2].Res, c.timeout...)
		})
	}
}

func TestOrphanLinkTimeout(t *testing.T) {
	r := openRing(t, Config{})
	spec := Timespec{Sec: 1}
	wantRes(t, "timeout", run(t, r, func(s *SQE) { s.PrepLinkTimeout(&spec, 0) }), neg(unix.EINVAL))
}

// TestSubmitAndWaitTimesOut also when the call submitted: the kernel then
// returns the count, not ETIME.
func TestSubmitAndWaitTimesOut(t *testing.T) {
	r := openRing(t, Config{})
	fds := streamPair(t)
	nextSlot(t, r).PrepRecv(fds[0], make([]byte, 8), 0)
	n, err := r.SubmitAndWait(1, 5*time.Millisecond)
	if n != 1 || err != unix.ETIME {
		t.Errorf("got %d, %v; want 1, ETIME", n, err)
	}
	if n, err := r.SubmitAndWait(0, -1); n != 0 || err != nil {
		t.Errorf("wait for no result: %d, %v", n, err)
	}
	mustWrite(t, fds[1], "x")
	if _, err := r.SubmitAndWait(1, -1); err != nil {
		t.Error(err)
	}
}
