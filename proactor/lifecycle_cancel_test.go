//go:build unix

package proactor

import (
	"errors"
	"strings"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
)

// A stopper is one of the ways to ask an operation to stop.
type stopper struct {
	name string
	ask  func(r *rig, target *Completion) (answer *flown) // nil: no answer comes
}

var stoppers = []stopper{
	{"Cancel", func(r *rig, target *Completion) *flown {
		return r.fly(func(c *Completion, callback Callback) error { return r.p.Cancel(c, target, callback) })
	}},
	{"RequestCancel", func(r *rig, target *Completion) *flown { r.p.RequestCancel(target); return nil }},
	{"Abandon", func(r *rig, target *Completion) *flown { r.p.abandon(target); return nil }},
}

// overStoppers runs a test for each subject of a kind and each way to stop it.
func overStoppers(t *testing.T, which func(s *subject) bool, test func(t *testing.T, s *subject, how *stopper)) {
	for i := range stoppers {
		t.Run(stoppers[i].name, func(t *testing.T) {
			overSubjects(t, which, func(t *testing.T, s *subject) { test(t, s, &stoppers[i]) })
		})
	}
}

// wantAnswer checks what a cancel was told, if it asked to be.
func wantAnswer(answer *flown, want ...error) {
	if answer == nil {
		return
	}
	answer.rig.Helper()
	got := answer.land().Err
	for _, w := range want {
		if got == w || w != nil && errors.Is(got, w) {
			return
		}
	}
	answer.rig.Errorf("the cancel was told %v, want one of %v", got, want)
}

func TestCancelOfWhatIsNotSubmittedHasNoEffect(t *testing.T) {
	overStoppers(t, nil, func(t *testing.T, s *subject, how *stopper) {
		x := newExchange(newRig(t, Config{}), s)
		x.flown = &flown{rig: x.rig, c: new(Completion)}
		answer := how.ask(x.rig, x.c)
		x.start()
		wantAnswer(answer, ErrNotFound)
		if x.operation.complete == nil && x.blocks {
			x.reach(x.settled())
			x.still()
			return
		}
		x.finish()
		x.ordinary()
	})
}

func TestCancelBeforeTheLoopLooked(t *testing.T) {
	overStoppers(t, nil, func(t *testing.T, s *subject, how *stopper) {
		x := newExchange(newRig(t, Config{}), s).start()
		answer := how.ask(x.rig, x.c)
		r := x.land()
		x.wantCanceled(r)
		wantAnswer(answer, nil)
		x.stopped(r)
	})
}

func TestCancelInTheQueue(t *testing.T) {
	queueable := func(s *subject) bool { return !s.local }
	overStoppers(t, queueable, func(t *testing.T, s *subject, how *stopper) {
		x := newExchange(newRig(t, Config{MaxInFlight: 1}), s)
		release := x.occupy()
		x.start().reach(queued)
		x.still()
		answer := how.ask(x.rig, x.c)
		r := x.land()
		x.wantCanceled(r)
		wantAnswer(answer, nil)
		x.stopped(r)
		release()
	})
}

// occupy has an operation of its own fill a proactor with MaxInFlight 1.
func (r *rig) occupy() (release func()) {
	r.Helper()
	fd, peer := testutil.SocketPair(r)
	blocker := r.fly(func(c *Completion, callback Callback) error {
		return r.p.Recv(c, fd, make([]byte, 1), 0, callback)
	})
	blocker.reach(inFlight)
	return func() {
		r.Helper()
		writeAll(r, peer, []byte{1})
		if got := blocker.land(); got.N != 1 || got.Err != nil {
			r.Errorf("the operation ahead in the queue got %d, %v", got.N, got.Err)
		}
	}
}

func TestCancelInFlight(t *testing.T) {
	overStoppers(t, blocking, func(t *testing.T, s *subject, how *stopper) {
		x := newExchange(newRig(t, Config{}), s).start()
		x.reach(x.settled())
		x.still()
		answer := how.ask(x.rig, x.c)
		r := x.land()
		x.wantCanceled(r)
		wantAnswer(answer, nil, ErrAlreadyInProgress) // the latter from a worker thread
		x.stopped(r)
	})
}

func TestCancelInFlightWithALinkedTimeout(t *testing.T) {
	linked := func(s *subject) bool { return s.linked }
	overStoppers(t, linked, func(t *testing.T, s *subject, how *stopper) {
		x := newExchange(newRig(t, Config{LinkedTimeouts: true}), s)
		x.start(func(c *Completion) { c.SetTimeout(patient) }).reach(inFlight)
		answer := how.ask(x.rig, x.c)
		r := x.land()
		x.wantCanceled(r)
		wantAnswer(answer, nil, ErrAlreadyInProgress)
		x.stopped(r)
	})
}

// The operation can be completed when the cancel comes: both ends are right, as
// long as nothing is lost.
func TestCancelOfWhatIsCompleting(t *testing.T) {
	overStoppers(t, nil, func(t *testing.T, s *subject, how *stopper) {
		for range rounds(4) {
			t.Run("", func(t *testing.T) {
				x := newExchange(newRig(t, Config{}), s).start()
				if s.blocks {
					x.reach(x.settled())
				} else {
					x.tick()
				}
				x.finish()
				answer := how.ask(x.rig, x.c)
				if x.operation.complete == nil && x.blocks {
					x.wantCanceled(x.land())
				} else {
					x.either("canceled", isCanceled)
				}
				wantAnswer(answer, nil, ErrAlreadyInProgress, ErrNotFound)
			})
		}
	})
}

func TestCancelOfWhatIsCompleteHasNoEffectOnTheNextUse(t *testing.T) {
	overStoppers(t, completable, func(t *testing.T, s *subject, how *stopper) {
		r := newRig(t, Config{})
		x := newExchange(r, s).start()
		x.finish()
		x.ordinary()
		answer := how.ask(r, x.c) // is about the submission that is over
		next := newExchange(r, s)
		next.flown = x.flown
		next.start()
		wantAnswer(answer, ErrNotFound)
		next.finish()
		next.ordinary()
	})
}

// completable are the subjects that come to an ordinary end in a test.
func completable(s *subject) bool { return s.name != "connect tcp" }

// A callback that submits its Completion again is not hit by a cancel of what
// it was called for.
func TestCancelOfTheLastUseFromTheCallback(t *testing.T) {
	overStoppers(t, completable, func(t *testing.T, s *subject, how *stopper) {
		r := newRig(t, Config{})
		first, second := newExchange(r, s), newExchange(r, s)
		var answer *flown
		again := false
		first.flown = &flown{rig: r, c: new(Completion)}
		second.flown = first.flown
		if err := first.submit(r.p, first.c, func(c *Completion, got Result) {
			if got.Err != nil {
				t.Errorf("ended with %v", got.Err)
			} else {
				first.operation.check(got)
			}
			answer = how.ask(r, c)
			second.start()
			again = true
		}); err != nil {
			t.Fatal(err)
		}
		first.finish()
		r.until("the first callback", func() bool { return again })
		wantAnswer(answer, ErrNotFound)
		second.finish()
		second.ordinary()
	})
}

// The descriptor that an operation made for nobody is closed; CheckLeaks would
// find it.
func TestAbandonClosesWhatTheOperationMade(t *testing.T) {
	makers := func(s *subject) bool {
		return strings.HasPrefix(s.name, "accept") || s.name == "openat" || s.name == "socket"
	}
	overSubjects(t, makers, func(t *testing.T, s *subject) {
		r := newRig(t, Config{})
		made := 0
		for range rounds(200) {
			x := newExchange(r, s).start()
			if s.blocks {
				x.reach(inFlight)
				x.finish()
			} else {
				x.submitOnly()
			}
			x.p.abandon(x.c)
			if got := x.land(); got.Err == nil {
				made++
				x.operation.check(got) // it was complete before: the callback's to close
			} else {
				x.wantCanceled(got)
			}
		}
		abandoned := r.p.Stats().Abandoned
		t.Logf("%d completed first, %d were closed by the proactor", made, abandoned)
		// Another backend may look for cancels before it tries.
		wantRace(t, abandoned > 0 || s.name == "openat" || r.p.Backend() != "io_uring")
	})
}

// submitOnly gives the kernel what is in line, without a look at results.
func (r *rig) submitOnly() {
	r.Helper()
	r.p.collect()
	if _, err := r.p.fill(); err != nil {
		r.Fatal(err)
	}
}
