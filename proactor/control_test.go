//go:build unix

package proactor

import (
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

// The requests that come after the end are dropped, not kept.
func TestControlsOfAClosedProactorAreDropped(t *testing.T) {
	r := newRig(t, Config{})
	fd, _ := testutil.SocketPair(t)
	f := r.fly(func(c *Completion, callback Callback) error { return r.p.Recv(c, fd, make([]byte, 1), 0, callback) })
	f.reach(inFlight)
	r.p.abandon(f.c)
	if err := r.p.Close(); err != nil {
		t.Fatal(err)
	}
	if f.calls != 1 || !isClosed(f.r.Err) || f.c.facts&isAbandoned == 0 {
		t.Errorf("%d callbacks, the last with %+v; the request before the close was carried out: %v", f.calls, f.r, f.c.facts&isAbandoned != 0)
	}
	for range 100 {
		r.p.RequestCancel(f.c)
		r.p.abandon(f.c)
		r.p.SetDeadline(f.c, time.Now())
	}
	if n := len(r.p.controls.waiting) + len(r.p.controls.popped); n != 0 {
		t.Errorf("%d requests are kept", n)
	}
}
