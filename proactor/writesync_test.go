//go:build unix

package proactor

import (
	"errors"
	"io"
	"syscall"
	"testing"

	"github.com/awaitio/awaitio/internal/backend"
)

func startWriteSync(r *rig, offset int64) *flown {
	r.Helper()
	return r.fly(func(c *Completion, callback Callback) error {
		return r.p.WriteSync(c, 5, []byte("0123456789"), offset, FsyncDataOnly, callback)
	})
}

// A part that is written is followed by the rest, with a sync of its own.
func TestWriteSyncGoesOnAfterAPart(t *testing.T) {
	for _, offset := range []int64{100, CurrentPosition} {
		r, s := newScripted(t, Config{})
		f := startWriteSync(r, offset)
		for i, left := range []int{10, 7, 1} {
			s.part(r, i+1)
			q := s.taken[i]
			want := offset
			if offset >= 0 {
				want += int64(10 - left)
			}
			if q.Op != backend.OpWriteSync || len(q.Buf) != left || q.Offset != want || q.Flags != FsyncDataOnly {
				t.Errorf("part %d: %d bytes at %d, flags %d", i, len(q.Buf), q.Offset, q.Flags)
			}
			s.end(i, []int{3, 6, 1}[i])
		}
		if got := f.land(); got.N != 10 || got.Err != nil {
			t.Errorf("got %+v", got)
		}
		r.empty()
	}
}

// What was stopped before it was on the device is not reported as done, and N
// says what was written.
func TestWriteSyncThatWasStoppedSaysHowFarItGot(t *testing.T) {
	for _, c := range []struct {
		name   string
		result int
		flags  backend.EventFlags
		n      int
		done   bool
	}{
		{"before the rest", -int(syscall.ECANCELED), 0, 3, false},
		{"within the rest", 2, 0, 5, false},
		{"before the sync", 7, backend.Unsynced, 10, false},
		{"too late", 7, 0, 10, true},
	} {
		for _, how := range []string{"canceled", "timed out", "closed"} {
			t.Run(c.name+", "+how, func(t *testing.T) {
				r, s := newScripted(t, Config{})
				f := startWriteSync(r, 0)
				s.part(r, 1)
				s.end(0, 3)
				s.part(r, 2)
				f.stopBy(how)
				s.canceled = nil
				s.post(s.taken[1].Token, c.result, c.flags)
				got := f.land()
				if got.N != c.n || (got.Err == nil) != c.done {
					t.Errorf("got %+v, want N %d", got, c.n)
				}
				if !c.done {
					r.wantEnd(got, how, map[string]func(error) bool{"canceled": isCanceled, "timed out": isTimedOut, "closed": isClosed}[how])
				}
			})
		}
	}
}

// stopBy asks the operation to stop.
func (f *flown) stopBy(how string) {
	f.rig.Helper()
	p := f.rig.p
	switch how {
	case "canceled":
		p.RequestCancel(f.c)
	case "timed out":
		p.SetDeadline(f.c, past())
	case "closed":
		f.rig.fly(func(c *Completion, callback Callback) error { return p.CloseFD(c, f.c.req.FD, callback) })
	}
	f.rig.until("the request to stop", func() bool { return f.c.stopped != reasonNone })
}

// The sync's error is the operation's; so is a write that gets nowhere.
func TestWriteSyncFails(t *testing.T) {
	for result, want := range map[int]error{-int(syscall.EIO): syscall.EIO, 0: io.ErrShortWrite} {
		r, s := newScripted(t, Config{})
		f := startWriteSync(r, 0)
		s.part(r, 1)
		s.end(0, 4)
		s.part(r, 2)
		s.end(1, result)
		if got := f.land(); got.N != 4 || !errors.Is(got.Err, want) {
			t.Errorf("got %+v, want 4 and %v", got, want)
		}
		r.empty()
	}
}
