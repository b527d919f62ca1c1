//go:build unix

package proactor

import (
	"testing"
	"time"
)

// bothTimers runs a test with the timeouts in the proactor and in the kernel.
func bothTimers(t *testing.T, test func(t *testing.T, config Config)) {
	for _, linked := range []bool{false, true} {
		name := map[bool]string{false: "proactor", true: "linked"}[linked]
		t.Run(name, func(t *testing.T) { test(t, Config{LinkedTimeouts: linked}) })
	}
}

// timed are the subjects that a deadline ends early; that of a timeout is its
// ordinary end.
func timed(s *subject) bool { return s.blocks && s.name != "timeout" }

func past() time.Time { return time.Now().Add(-time.Hour) }

// ended waits until the deadline has ended the operation: with a timeout or,
// where it is one, in good order.
func (x *exchange) ended() {
	x.Helper()
	if r := x.land(); x.name == "timeout" {
		x.wantEnd(r, "nil", func(err error) bool { return err == nil })
	} else {
		x.wantTimedOut(r)
		x.stopped(r)
	}
}

func TestDeadlineThatIsPastAllowsOneAttempt(t *testing.T) {
	limits := map[string]func(c *Completion){
		"deadline": func(c *Completion) { c.SetDeadline(past()) },
		"timeout":  func(c *Completion) { c.SetTimeout(0) },
		"both":     func(c *Completion) { c.SetTimeout(time.Hour); c.SetDeadline(past()) },
	}
	bothTimers(t, func(t *testing.T, config Config) {
		for name, limit := range limits {
			t.Run(name, func(t *testing.T) {
				overSubjects(t, timed, func(t *testing.T, s *subject) {
					newExchange(newRig(t, config), s).start(limit).ended()
				})
			})
		}
	})
}

func TestDeadlineThatIsPastLetsWhatIsThereBeHad(t *testing.T) {
	ready := func(s *subject) bool { return timed(s) && completable(s) }
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, ready, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			x.flown = &flown{rig: x.rig, c: new(Completion)}
			x.finish()
			if s.local {
				x.tick()
			}
			x.start(func(c *Completion) { c.SetDeadline(past()) })
			if s.name == "connect unix" {
				x.either("timed out", isTimedOut) // tried again in a worker thread
				return
			}
			x.ordinary()
		})
	})
}

func TestDeadlineInFlight(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, timed, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			x.start(func(c *Completion) { c.SetTimeout(3 * time.Millisecond) })
			x.ended()
		})
	})
}

func TestDeadlineInTheQueue(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		overSubjects(t, timed, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			release := x.occupy()
			x.start(func(c *Completion) { c.SetTimeout(3 * time.Millisecond) })
			x.ended()
			release()
		})
	})
}

func TestDeadlineSetInTheQueue(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		overSubjects(t, timed, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			release := x.occupy()
			x.start()
			x.still()
			x.p.SetDeadline(x.c, past())
			x.ended()
			release()
		})
	})
}

func TestDeadlineClearedInTheQueue(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		overSubjects(t, func(s *subject) bool { return timed(s) && completable(s) }, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			release := x.occupy()
			x.start(func(c *Completion) { c.SetTimeout(time.Hour) })
			x.still()
			x.p.SetDeadline(x.c, time.Time{})
			x.still()
			release()
			x.reach(x.settled())
			x.still() // it has no deadline, rather than one at zero
			x.finish()
			x.ordinary()
		})
	})
}

func TestDeadlineMovedInTheQueue(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		overSubjects(t, func(s *subject) bool { return timed(s) && completable(s) }, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			release := x.occupy()
			x.start(func(c *Completion) { c.SetTimeout(2 * time.Millisecond) })
			x.p.SetDeadline(x.c, time.Now().Add(time.Hour)) // before the loop looks
			x.pass(4 * time.Millisecond)
			x.still()
			release()
			x.reach(x.settled())
			x.still()
			x.finish()
			x.ordinary()
		})
	})
}

// pass drives until a timeout of d, submitted now, has ended.
func (r *rig) pass(d time.Duration) {
	r.Helper()
	f := r.fly(func(c *Completion, callback Callback) error { return r.p.Timeout(c, d, callback) })
	if got := f.land(); got.Err != nil {
		r.Errorf("timeout: %v", got.Err)
	}
}

func TestDeadlineMovedEarlier(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, blocking, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			x.start(func(c *Completion) { c.SetTimeout(time.Hour) })
			x.reach(x.settled())
			x.still()
			x.p.SetDeadline(x.c, time.Now().Add(time.Hour/2))
			x.still()
			x.p.SetDeadline(x.c, time.Now().Add(2*time.Millisecond))
			x.ended()
		})
	})
}

func TestDeadlineGivenToWhatHadNone(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, blocking, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s).start()
			x.reach(x.settled())
			x.still()
			x.p.SetDeadline(x.c, time.Now())
			x.ended()
		})
	})
}

// All subjects at once, so that the old deadline is waited out once. It has to be long
// enough for all to be moved before it: where it was not, which says nothing, they have
// twice as long.
func TestDeadlineMovedLaterOrCleared(t *testing.T) {
	for name, next := range map[string]time.Time{
		"later":   time.Now().Add(time.Hour),
		"cleared": {},
	} {
		t.Run(name, func(t *testing.T) {
			inTime := false
			for old := 250 * time.Millisecond; !inTime && !t.Failed(); old *= 2 {
				t.Run(old.String(), func(t *testing.T) { inTime = outliveDeadline(t, old, next) })
			}
		})
	}
}

// outliveDeadline gives all subjects the deadline old, from now, and then next, and wants
// them to go on after old. It reports false where it was too late for that.
func outliveDeadline(t *testing.T, old time.Duration, next time.Time) (inTime bool) {
	r := newRig(t, Config{})
	var all []*exchange
	for i := range subjects {
		if s := &subjects[i]; timed(s) && completable(s) {
			all = append(all, newExchange(r, s))
		}
	}
	for _, x := range all {
		x.start(func(c *Completion) { c.SetTimeout(time.Hour) })
		x.reach(x.settled())
	}
	begin := time.Now()
	for _, deadline := range []time.Time{begin.Add(old), next} {
		for _, x := range all {
			r.p.SetDeadline(x.c, deadline)
		}
		r.tick()
	}
	if time.Since(begin) > old {
		return false
	}
	r.pass(old)
	for _, x := range all {
		x.still()
		x.finish()
		x.ordinary()
	}
	return true
}

// What is complete before its deadline is not too late, even if the loop looks
// only afterwards.
func TestDeadlineThatPassesBeforeTheLoopLooks(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, func(s *subject) bool { return timed(s) && completable(s) }, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(x.settled())
			x.finish()
			x.p.SetDeadline(x.c, past())
			x.either("timed out", isTimedOut)
		})
	})
}

// A deadline is used up by one submission.
func TestDeadlineIsNotForTheNextUse(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, func(s *subject) bool { return timed(s) && completable(s) }, func(t *testing.T, s *subject) {
			r := newRig(t, config)
			x := newExchange(r, s)
			x.start(func(c *Completion) { c.SetDeadline(past()); c.SetTimeout(0) })
			x.ended()
			r.p.SetDeadline(x.c, past()) // and it is not for the next submission
			next := newExchange(r, s)
			next.flown = x.flown
			next.start().reach(next.settled())
			next.still()
			next.finish()
			next.ordinary()
		})
	})
}

func TestDeadlineSetAgainAndAgain(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, timed, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s).start()
			for i := range 100 {
				at := time.Now().Add(time.Duration(i%7+1) * time.Hour)
				if i%5 == 0 {
					at = time.Time{}
				}
				x.p.SetDeadline(x.c, at)
				if i%3 == 0 {
					x.tick()
				}
			}
			x.still()
			x.p.SetDeadline(x.c, past())
			x.ended()
		})
	})
}
