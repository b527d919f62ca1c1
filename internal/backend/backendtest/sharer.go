//go:build unix

package backendtest

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A shared is a backend that others use while its loop parks. Everything is
// under the loop lock, which the loop releases while it is in Park.
type shared struct {
	*rig
	s        backend.Sharer
	loopLock sync.Mutex
	quit     bool
	deadline time.Duration // from now, of the loop's waits; 0: none
	parks    int
	got      chan backend.Event
	ended    chan error
}

// startShared starts a loop on a backend of w, or returns nil where that is no Sharer.
func startShared(t *testing.T, w World) *shared {
	t.Helper()
	r := &shared{
		rig:   newRig(t, w),
		got:   make(chan backend.Event, 64),
		ended: make(chan error, 1),
	}
	r.s, _ = r.b.(backend.Sharer)
	if r.s == nil {
		return nil
	}
	go func() { r.ended <- r.loop() }()
	t.Cleanup(func() {
		r.loopLock.Lock()
		r.quit = true
		r.loopLock.Unlock()
		r.s.Wake()
		await(t, r.ended, "end of the loop")
	})
	return r
}

func await(t *testing.T, ended <-chan error, what string) {
	t.Helper()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(patience):
		t.Fatalf("no %s within %v", what, patience)
	}
}

func (r *shared) loop() error {
	r.loopLock.Lock()
	defer r.loopLock.Unlock()
	for !r.quit {
		if _, err := r.s.Submit(nil); err != nil {
			return err
		}
		r.collect()
		var deadline time.Time
		if r.deadline != 0 {
			deadline = time.Now().Add(r.deadline)
		}
		wait, err := r.s.Arm(deadline, false)
		if err != nil {
			return err
		}
		if !wait {
			continue
		}
		r.parks++
		r.loopLock.Unlock()
		err = r.s.Park()
		r.loopLock.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}

// collect hands on the events that are there.
func (r *shared) collect() {
	var events [8]backend.Event
	for n := r.s.Reap(events[:]); n > 0; n = r.s.Reap(events[:]) {
		for _, e := range events[:n] {
			r.got <- e
		}
	}
}

// combine does what f does in the loop's place. Unless the loop will hear of what
// there is to do until deadline it is woken.
func (r *shared) combine(deadline time.Time, f func()) {
	r.loopLock.Lock()
	defer r.loopLock.Unlock()
	f()
	r.leave(deadline)
}

// leave ends what a combiner does.
func (r *shared) leave(deadline time.Time) {
	heard, err := r.s.Arm(deadline, true)
	if err != nil {
		r.t.Errorf("Arm beside a Park: %v", err)
	}
	if !heard {
		r.s.Wake()
	}
}

// begin submits requests, in the loop's place, from any goroutine.
func (r *shared) begin(requests ...*backend.Request) {
	r.t.Helper()
	for _, q := range requests {
		q.Token = r.token()
	}
	r.held = append(r.held, requests...)
	for end := time.Now().Add(patience); len(requests) > 0; {
		n, err := r.s.Submit(requests)
		if err != nil {
			r.t.Errorf("Submit: %v", err)
			return
		}
		if requests = requests[n:]; n == 0 && time.Now().After(end) {
			r.t.Errorf("%d requests are not taken within %v", len(requests), patience)
			return
		}
		r.collect()
	}
}

// next waits for n events, whichever goroutine finds them.
func (r *shared) next(n int) {
	r.t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for range n {
		select {
		case e := <-r.got:
			if !r.out[e.Token] {
				r.t.Fatalf("an event with a token that is not out: %+v", e)
			}
			delete(r.out, e.Token)
			r.events[e.Token] = e
		case <-timer.C:
			r.t.Fatalf("still out after %v: %d requests", patience, len(r.out))
		}
	}
}

// parksAgain waits until the loop has begun more than n Parks.
func (r *shared) parksAgain(n int) {
	r.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Microsecond) {
		r.loopLock.Lock()
		parks := r.parks
		r.loopLock.Unlock()
		if parks > n {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("the Park does not end within %v", patience)
		}
	}
}

// What a combiner begins ends a Park that was begun before.
func combinerBegins(t *testing.T, w World) {
	r := startShared(t, w)
	if r == nil {
		return
	}
	a, b := w.SocketPair(t)
	for range 200 {
		q := recv(a, make([]byte, 4))
		r.combine(time.Time{}, func() { r.begin(q) })
		r.combine(time.Time{}, func() { r.begin(send(b, "x")) })
		r.next(2)
		r.want(r.events[q.Token].Result, 1, "recv")
	}
}

// What arrives while a combiner has the loop lock, just before or just after, is found
// by the one or the other.
func combinerMeetsAnArrival(t *testing.T, w World) {
	r := startShared(t, w)
	if r == nil {
		return
	}
	a, b := w.SocketPair(t)
	peer := startShared(t, w) // sends, from a ring of its own
	for range 2000 {
		r.combine(time.Time{}, func() { r.begin(recv(a, make([]byte, 1))) })
		sent := make(chan struct{})
		pause := rand.N(20 * time.Microsecond)
		go func() {
			defer close(sent)
			for end := time.Now().Add(pause); time.Now().Before(end); {
				runtime.Gosched()
			}
			peer.combine(time.Time{}, func() { peer.begin(send(b, "x")) })
		}()
		for range rand.N(8) {
			r.combine(time.Time{}, func() { r.begin(&backend.Request{Op: backend.OpNop, FD: -1}) })
			r.next(1)
		}
		<-sent
		peer.next(1)
		for len(r.out) > 0 {
			r.next(1)
		}
	}
}

// A Park that Arm says is good enough ends in time; another is woken.
func combinerMovesTheDeadline(t *testing.T, w World) {
	r := startShared(t, w)
	if r == nil {
		return
	}
	for _, armed := range []time.Duration{0, time.Hour, time.Millisecond} {
		r.loopLock.Lock()
		r.deadline = armed
		n := r.parks
		r.loopLock.Unlock()
		r.s.Wake()
		r.parksAgain(n) // with that deadline
		for _, asked := range []time.Duration{time.Millisecond, 2 * time.Millisecond, 0, -time.Second} {
			r.loopLock.Lock()
			n = r.parks
			if _, err := r.s.Submit(nil); err != nil {
				t.Errorf("Submit: %v", err)
			}
			r.leave(time.Now().Add(asked))
			r.loopLock.Unlock()
			r.parksAgain(n)
		}
	}
}

// A result that is there and not reaped is no reason to park.
func combinerLeavesAResult(t *testing.T, w World) {
	r := startShared(t, w)
	if r == nil {
		return
	}
	for range 200 {
		q := &backend.Request{Op: backend.OpNop, FD: -1, Token: r.token()}
		r.held = append(r.held, q)
		r.loopLock.Lock()
		n, err := r.s.Submit([]*backend.Request{q})
		if n != 1 || err != nil {
			t.Errorf("Submit: %d, %v", n, err)
		}
		r.leave(time.Time{})
		r.loopLock.Unlock()
		r.next(1)
	}
}

// Ready tells of results, and of nothing else.
func readiness(t *testing.T, w World) {
	r := startShared(t, w)
	if r == nil {
		return
	}
	a, b := w.SocketPair(t)
	r.combine(time.Time{}, func() {
		r.begin(recv(a, make([]byte, 4)))
		if r.s.Ready() {
			t.Error("ready while nothing is complete")
		}
		q := send(b, "x")
		q.Token = r.token()
		r.held = append(r.held, q)
		if n, err := r.s.Submit([]*backend.Request{q}); n != 1 || err != nil {
			t.Errorf("Submit: %d, %v", n, err)
		}
		for end := time.Now().Add(patience); !r.s.Ready(); runtime.Gosched() {
			if time.Now().After(end) {
				t.Error("not ready after a send")
				return
			}
		}
	})
	r.next(2)
}
