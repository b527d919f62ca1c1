//go:build linux

package ring

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/testutil"
)

// writeSync is a request to write four bytes to a new file, and to sync it.
func (s *seam) writeSync() *backend.Request {
	s.Helper()
	fd, _ := testutil.TempFile(s, 0)
	return s.request(backend.Request{Op: backend.OpWriteSync, FD: fd, Buf: []byte("data")})
}

// wantWritten checks r's event.
func (s *seam) wantWritten(r *backend.Request, result int32, flags backend.EventFlags) {
	s.Helper()
	if e := s.event(r.Token); int32(e.Result) != result || e.Flags != flags {
		s.Errorf("event %d, flags %d; want %d, %d", e.Result, e.Flags, result, flags)
	}
}

// What the two results mean together. Where there is no event yet, something is
// submitted again, and that the kernel does.
func TestWriteSyncOfTwoResults(t *testing.T) {
	for _, c := range []struct {
		name        string
		write, sync int32
		asked       bool
		result      int32
		flags       backend.EventFlags
		again       stage // where it goes on; stageMain too if nothing was written
		goesOn      bool
	}{
		{name: "done", write: 4, sync: 0, result: 4},
		{name: "done, and asked to stop too late", write: 4, sync: 0, asked: true, result: 4},
		{name: "a part, which breaks the link", write: 2, sync: stopped, result: 2},
		{name: "a part, and asked to stop", write: 2, sync: stopped, asked: true, result: 2},
		{name: "nothing", write: 0, sync: stopped, result: 0},
		{name: "no write", write: neg(unix.ENOSPC), sync: stopped, result: neg(unix.ENOSPC)},
		{name: "no sync", write: 4, sync: neg(unix.EIO), result: neg(unix.EIO)},
		{name: "stopped before the write", write: stopped, sync: stopped, asked: true, result: stopped},
		{name: "interrupted at the write", write: neg(unix.EINTR), sync: stopped, asked: true, result: stopped},
		{name: "stopped before the sync", write: 4, sync: stopped, asked: true, result: 4, flags: backend.Unsynced},
		{name: "interrupted at the sync", write: 4, sync: neg(unix.EINTR), asked: true, result: 4, flags: backend.Unsynced},
		{name: "write stopped unasked", write: stopped, sync: stopped, result: 4, goesOn: true},
		{name: "sync stopped unasked", write: 4, sync: stopped, result: 4, again: stageSync, goesOn: true},
		{name: "sync interrupted unasked", write: 4, sync: neg(unix.EINTR), result: 4, again: stageSync, goesOn: true},
		{name: "write of a thread that ended", write: neg(unix.EFAULT), sync: stopped, result: 4, goesOn: true},
		{name: "sync of a thread that ended", write: 4, sync: neg(unix.EFAULT), result: 4, again: stageSync, goesOn: true},
		{name: "sync of a thread that ended, and asked to stop", write: 4, sync: neg(unix.EFAULT), asked: true, result: 4, flags: backend.Unsynced},
		{name: "write would wait", write: neg(unix.EAGAIN), sync: stopped, result: 4, again: stagePoll, goesOn: true},
	} {
		for _, order := range []string{"write first", "sync first"} {
			t.Run(c.name+", "+order, func(t *testing.T) {
				s := openSeam(t, Config{})
				r := s.boarded(s.writeSync())
				if c.asked {
					s.ask(r.Token, backend.TokenNone)
				}
				first, second := uint64(r.Token), uint64(r.Token)|companion
				results := map[uint64]int32{first: c.write, second: c.sync}
				if order == "sync first" {
					first, second = second, first
				}
				s.pretend(first, results[first])
				s.quietly(r)
				s.pretend(second, results[second])
				if s.given[r.Token] == c.goesOn {
					t.Fatalf("an event after both results: %v, want the opposite", s.given[r.Token])
				}
				if f := s.flight(r.Token); c.goesOn && f.stage != c.again {
					t.Errorf("goes on in stage %d, want %d", f.stage, c.again)
				}
				s.wantWritten(r, c.result, c.flags)
			})
		}
	}
}

// Asked to stop while only its sync is to be submitted again, it says that it is
// written and not synced.
func TestWriteSyncStoppedAground(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.boarded(s.writeSync())
	s.pretend(uint64(r.Token), 4)
	s.pretend(uint64(r.Token)|companion, stopped)
	answer := s.token()
	s.ask(r.Token, answer)
	s.wantWritten(r, 4, backend.Unsynced)
	wantRes(t, "the answer", int32(s.event(answer).Result), 0)
}

// A sync that is stopped all the time is given up.
func TestWriteSyncStoppedForEver(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.boarded(s.writeSync())
	s.pretend(uint64(r.Token), 4)
	s.pretend(uint64(r.Token)|companion, stopped)
	for n := 0; !s.given[r.Token]; n++ {
		if n > triesMax {
			t.Fatalf("tried %d times", n)
		}
		s.again = s.again[:0]
		s.flight(r.Token).left = 1
		s.pretend(uint64(r.Token), stopped)
	}
	s.wantWritten(r, stopped, 0)
}

// A cancel is meant for the part that is under way.
func TestWriteSyncIsCanceledWhereItIs(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.boarded(s.writeSync())
	f := s.flight(r.Token)
	if got := f.underWay(); got != uint64(r.Token) {
		t.Errorf("at the write: %#x", got)
	}
	s.pretend(uint64(r.Token), 4)
	if got := f.underWay(); got != uint64(r.Token)|companion {
		t.Errorf("at the linked sync: %#x", got)
	}
	s.pretend(uint64(r.Token)|companion, stopped)
	if got := f.underWay(); got != uint64(r.Token) {
		t.Errorf("at the sync by itself: %#x", got)
	}
	s.wantWritten(r, 4, 0)
}

// A kernel out of memory may take the write and leave the sync for later. The
// sync then waits for nothing, and proves nothing: there is another.
func TestWriteSyncTornApart(t *testing.T) {
	s := openSeam(t, Config{})
	r := s.writeSync()
	if !s.take(r) {
		t.Fatal("no room")
	}
	s.ring.sq.publish()
	if errno := sysEnter(s.ring.fd, 1, 0); errno != 0 { // and not 2
		t.Fatal(errno)
	}
	s.ring.noteTorn()
	s.submit()
	f := s.flight(r.Token)
	if !f.torn {
		t.Fatal("the tear was not seen")
	}
	for end := 0; f.left > 0 && end < 1000; end++ {
		s.ring.SubmitAndWait(1, time.Millisecond)
		s.reap()
	}
	s.quietly(r)
	if f.stage != stageSync || f.written != 4 {
		t.Errorf("in stage %d with %d bytes written; want it to sync again", f.stage, f.written)
	}
	s.wantWritten(r, 4, 0)
}

// A link that was consumed whole is not taken for torn.
func TestNothingIsTornInOneSubmission(t *testing.T) {
	s := openSeam(t, Config{Entries: 2})
	for range 20 {
		s.wantWritten(s.submitted(s.writeSync()), 4, 0)
	}
	if n := len(s.ring.Torn()); n != 0 {
		t.Errorf("%d links were torn", n)
	}
}

func (s *seam) submitted(r *backend.Request) *backend.Request {
	s.Helper()
	s.submit(r)
	return r
}
