//go:build unix

package await

import (
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// outlasts wants a blocked read of a to go on beyond a deadline that move moves before it passes. begin starts
// the read, which ends then without move. What a machine was too late for is done again, with more time.
func outlasts(t *testing.T, a, b net.Conn, begin func(soon time.Time) <-chan outcome, move func()) {
	t.Helper()
	for d := 50 * time.Millisecond; d < patience; d *= 2 {
		soon := time.Now().Add(d)
		read := begin(soon)
		move()
		inTime := time.Now().Before(soon)

		// The other end is the clock.
		must(t, b.SetReadDeadline(soon.Add(d)))
		_, err := b.Read(make([]byte, 8))
		wantPassed(t, err)
		_, err = b.Write([]byte("late"))
		must(t, err)
		o := receive(t, read, "end of the read")
		if inTime {
			wantCount(t, "Read", o.n, o.err, 4)
			return
		}
		must(t, a.SetReadDeadline(time.Time{}))
		if o.err != nil {
			wantPassed(t, o.err)
			n, err := a.Read(make([]byte, 8))
			wantCount(t, "Read of what came late", n, err, 4)
		}
	}
	t.Error("no deadline was moved in time")
}

// readUntil starts a read with a deadline, and waits until it is under way, or has ended.
func readUntil(t *testing.T, io *IO, c net.Conn, deadline time.Time) <-chan outcome {
	t.Helper()
	must(t, c.SetReadDeadline(deadline))
	waitUnderWay(t, io, 0)
	read := later(func() (int, error) { return c.Read(make([]byte, 8)) })
	testutil.Eventually(t, patience, func() bool {
		s := io.Stats()
		return s.Submitted-s.Completed == 1 || len(read) > 0
	}, "a read is under way")
	return read
}
