//go:build unix

package proactor

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// recvNow is a receive with no time at all.
func recvNow(r *rig, fd int, buf []byte) *flown {
	r.Helper()
	return r.fly(func(c *Completion, callback Callback) error {
		return r.p.RecvWithTimeout(c, fd, buf, 0, 0, callback)
	})
}

// A timeout of zero is one attempt, although the kernel has as much as it may.
func TestNoTimeAtAllGetsAnAttemptWithoutRoom(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		r := newRig(t, config)
		busy, _ := testutil.SocketPair(t)
		long := r.fly(func(c *Completion, callback Callback) error {
			return r.p.Recv(c, busy, make([]byte, 1), 0, callback)
		})
		long.reach(inFlight)
		fd, peer := testutil.SocketPair(t)
		buf := make([]byte, 8)
		for range 3 {
			r.wantTimedOut(recvNow(r, fd, buf).land())
			writeAll(t, peer, payload[:8])
			if got := recvNow(r, fd, buf).land(); got.Err != nil || got.N != 8 {
				t.Errorf("with data there: %+v", got)
			}
			past := r.fly(func(c *Completion, callback Callback) error {
				c.SetDeadline(time.Now().Add(-time.Second))
				return r.p.Recv(c, fd, buf, 0, callback)
			})
			r.wantTimedOut(past.land())
		}
		long.still()
		r.p.RequestCancel(long.c)
		r.wantCanceled(long.land())
	})
}

// It overtakes others, but not on its own descriptor: bytes would get the wrong
// order.
func TestNoTimeAtAllDoesNotOvertakeOnItsDescriptor(t *testing.T) {
	r := newRig(t, Config{MaxInFlight: 1})
	busy, _ := testutil.SocketPair(t)
	long := r.fly(func(c *Completion, callback Callback) error {
		return r.p.Recv(c, busy, make([]byte, 1), 0, callback)
	})
	long.reach(inFlight)
	fd, peer := testutil.SocketPair(t)
	send := func(s string, limited bool) *flown {
		return r.fly(func(c *Completion, callback Callback) error {
			if limited {
				c.SetTimeout(0)
			}
			return r.p.Send(c, fd, []byte(s), 0, callback)
		})
	}
	first := send("first", false)
	r.wantTimedOut(send("second", true).land())
	first.still()
	r.p.RequestCancel(long.c)
	r.wantCanceled(long.land())
	if got := first.land(); got.Err != nil {
		t.Error(got.Err)
	}
	if got := string(readThere(t, peer)); got != "first" {
		t.Errorf("%q arrived", got)
	}
}
