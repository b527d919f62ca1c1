//go:build unix

package proactor

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// shut closes the proactor.
func (x *exchange) shut() {
	x.Helper()
	if err := x.p.Close(); err != nil {
		x.Errorf("close: %v", err)
	}
	if x.calls != 1 {
		x.Fatalf("%d callbacks by the time Close returned, want 1", x.calls)
	}
	x.empty()
}

// checkBuffer checks the buffer although nobody drives any more.
func (x *exchange) checkBuffer(r Result) {
	x.Helper()
	x.unwritten(r.N)
	if x.operation.leftover != nil && x.p.counters.abandoned.Load() == 0 {
		x.finish()
		x.operation.leftover(r)
	}
	x.lateWrite()
}

func TestCloseBeforeTheLoopLooked(t *testing.T) {
	overSubjects(t, nil, func(t *testing.T, s *subject) {
		x := newExchange(newRig(t, Config{}), s).start()
		x.shut()
		x.wantClosed(x.r())
		x.checkBuffer(x.r())
	})
}

func (x *exchange) r() Result { return x.flown.r }

func TestCloseWithItQueued(t *testing.T) {
	queueable := func(s *subject) bool { return !s.local }
	bothTimers(t, func(t *testing.T, config Config) {
		config.MaxInFlight = 1
		overSubjects(t, queueable, func(t *testing.T, s *subject) {
			r := newRig(t, config)
			ahead := newExchange(r, &subjects[3]).start()
			ahead.reach(inFlight)
			x := newExchange(r, s).start(func(c *Completion) { c.SetTimeout(time.Hour) })
			x.reach(queued)
			x.shut()
			x.wantClosed(x.r())
			x.wantClosed(ahead.r())
			x.checkBuffer(x.r())
		})
	})
}

func TestCloseWithItInFlight(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, blocking, func(t *testing.T, s *subject) {
			x := newExchange(newRig(t, config), s)
			x.start(func(c *Completion) { c.SetTimeout(time.Hour) }).reach(x.settled())
			x.shut()
			x.wantClosed(x.r())
			x.checkBuffer(x.r())
		})
	})
}

func TestCloseWithItCompleting(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		overSubjects(t, nil, func(t *testing.T, s *subject) {
			for range rounds(3) {
				t.Run("", func(t *testing.T) {
					x := newExchange(newRig(t, config), s)
					if x.start(); s.blocks {
						x.reach(x.settled())
					} else {
						x.submitOnly()
					}
					x.finish()
					x.shut()
					if r := x.r(); r.Err != nil {
						x.wantClosed(r)
						x.checkBuffer(r)
					} else {
						x.operation.check(r)
						x.unwritten(r.N)
						x.lateWrite()
					}
				})
			}
		})
	})
}

// Whatever asked first is the reason.
func TestCloseOfWhatIsBeingStopped(t *testing.T) {
	overStoppers(t, blocking, func(t *testing.T, s *subject, how *stopper) {
		x := newExchange(newRig(t, Config{}), s).start()
		x.reach(x.settled())
		answer := how.ask(x.rig, x.c)
		x.p.collect()
		x.shut()
		x.wantCanceled(x.r())
		if answer != nil && answer.calls != 1 {
			t.Errorf("%d answers to the cancel", answer.calls)
		}
	})
}

// Closes of descriptors are carried out, or they would leak.
func TestCloseCarriesOutCloseFD(t *testing.T) {
	overSubjects(t, blockingOnFD, func(t *testing.T, s *subject) {
		for name, between := range map[string]func(x *exchange){
			"before the loop looked": func(*exchange) {},
			"waiting":                func(x *exchange) { x.p.collect() },
			"on its way":             func(x *exchange) { x.submitOnly() },
		} {
			t.Run(name, func(t *testing.T) {
				x := newExchange(newRig(t, Config{}), s).start()
				x.reach(inFlight)
				closing := x.closeFD()
				between(x)
				x.shut()
				x.wantClosed(x.r())
				if closing.calls != 1 || closing.r.Err != nil {
					t.Errorf("close: %d callbacks, %v", closing.calls, closing.r.Err)
				}
			})
		}
	})
}

func TestCloseRefusesSubmissionsFromThenOn(t *testing.T) {
	overSubjects(t, nil, func(t *testing.T, s *subject) {
		r := newRig(t, Config{})
		x := newExchange(r, s)
		if err := r.p.Close(); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the Completion stays usable
			err := x.submit(r.p, new(Completion), func(*Completion, Result) { t.Error("called back") })
			if !errors.Is(err, ErrClosed) || !errors.Is(err, net.ErrClosed) {
				t.Errorf("submission to a closed proactor: %v", err)
			}
		}
	})
}

// A callback during Close that submits again is refused, and told so.
func TestCloseRefusesWhatItsCallbacksSubmit(t *testing.T) {
	r := newRig(t, Config{})
	x := newExchange(r, &subjects[3])
	var again error
	if err := x.submit(r.p, new(Completion), func(c *Completion, got Result) {
		r.wantClosed(got)
		again = x.submit(r.p, c, nil)
	}); err != nil {
		t.Fatal(err)
	}
	r.tick()
	if err := r.p.Close(); err != nil {
		t.Error(err)
	}
	if !errors.Is(again, ErrClosed) {
		t.Errorf("submission from a callback of Close: %v", again)
	}
}

// Closing, submitting and cancelling at the same time, with a loop running:
// each submission is refused or gets its one callback.
func TestCloseWhileOthersSubmit(t *testing.T) {
	bothTimers(t, func(t *testing.T, config Config) {
		for range rounds(20) {
			t.Run("", func(t *testing.T) { closeWhileOthersSubmit(t, config) })
		}
	})
}

func closeWhileOthersSubmit(t *testing.T, config Config) {
	r := newRunning(t, config)
	p := r.p
	x := openRecv(socketPair, 0)(t)
	var submitters, closers sync.WaitGroup
	var tally ledger
	for range 4 {
		submitters.Go(func() {
			for w := newParked(); ; {
				c := new(Completion)
				err := p.RecvWithTimeout(c, x.fd, make([]byte, 8), 0, time.Hour, tally.expect(w.done))
				if err != nil {
					tally.refuse(t, err)
					return
				}
				p.RequestCancel(c)
				w.wait(t)
			}
		})
	}
	tally.wait(t, 20)
	for range 3 {
		closers.Go(func() {
			if err := p.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if s := p.Stats(); s.Submitted != s.Completed || s.InFlight != 0 {
				t.Errorf("Close returned, but %d of %d are under way", s.Submitted-s.Completed, s.Submitted)
			}
		})
	}
	closers.Wait()
	submitters.Wait()
	tally.balanced(t)
}
