//go:build unix

package fdcall

import (
	"context"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// A loop that ended as soon as it has nothing to do would have ended again before the
// call came that had started it: hardly anybody would get anywhere.
func TestLoopsIdleForAMomentAtLeast(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{0: 0, 1: idleLeast, idleLeast + 1: idleLeast + 1, -1: -1} {
		if got := NewLoops(proactor.Config{IdleTimeout: given}, false).Config.IdleTimeout; got != want {
			t.Errorf("an IdleTimeout of %v is one of %v, want %v", given, got, want)
		}
	}
	callMany(t, open(t, proactor.Config{Loops: testLoops, IdleTimeout: 1}), 32, 100)
}

// As many loops as there are processors, unless there is a limit for each.
func TestLoopsByDefault(t *testing.T) {
	for _, tt := range []struct {
		processors int
		config     proactor.Config
		want       int
	}{
		{1, proactor.Config{}, 1},
		{2, proactor.Config{}, 2},
		{4, proactor.Config{IdleTimeout: time.Hour}, 4},
		{64, proactor.Config{}, loopsMax},
		{4, proactor.Config{Loops: 1}, 1},
		{1, proactor.Config{Loops: 3, MaxQueued: 5}, 3},
		{4, proactor.Config{MaxQueued: 5}, 1},
		{4, proactor.Config{MaxInFlight: 5}, 1},
		{4, proactor.Config{Workers: 5}, 1},
	} {
		if got := loopsOf(tt.config, tt.processors); got != tt.want {
			t.Errorf("%d processors, %+v: %d loops, want %d", tt.processors, tt.config, got, tt.want)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if s := NewLoops(proactor.Config{}, false); len(s.all) != 1 {
		t.Errorf("%d loops with GOMAXPROCS=1", len(s.all))
	}
	if err := NewLoops(proactor.Config{Loops: -1}, false).Start(); err == nil {
		t.Error("less than no loop")
	}
}

// All loops run when Start returns, unless they come and go.
func TestLoopsStart(t *testing.T) {
	s := open(t, proactor.Config{Loops: testLoops})
	for i, loop := range s.all {
		if loop.running() == nil {
			t.Errorf("loop %d does not run", i)
		}
	}
	must(t, s.Close())
	seldom := open(t, proactor.Config{Loops: testLoops, IdleTimeout: time.Hour})
	for i, loop := range seldom.all[1:] {
		if loop.running() != nil {
			t.Errorf("loop %d runs, and nobody has asked for it", i+1)
		}
	}
	if s := seldom.Stats(); s.Completed != s.Submitted {
		t.Errorf("of loops that do not run: %+v", s)
	}
}

// A loop that cannot start has the first serve its descriptors, and none of them is
// counted or closed twice.
func TestLoopsThatCannotStart(t *testing.T) {
	testutil.CheckLeaks(t)
	s := NewLoops(proactor.Config{Loops: testLoops}, false)
	for _, loop := range s.all[1:] {
		loop.config.Entries = -1
	}
	must(t, s.Start())
	var ends []<-chan error
	for range testLoops {
		d, peer := pair(t, s)
		read := func() error { _, err := d.Call(background, Reading, receiving(d)); return err }
		_, err := unix.Write(peer, []byte("x"))
		must(t, err)
		must(t, read())
		ends = append(ends, later(read))
	}
	first := func() proactor.Stats { return s.First().current.Load().Proactor.Stats() }
	testutil.Eventually(t, patience, func() bool { return first().InFlight == testLoops }, "reads under way")
	if sum, first := s.Stats().Submitted, first().Submitted; sum != first {
		t.Errorf("%d submissions, %d of them the first loop's", sum, first)
	}
	must(t, s.Close())
	for _, ended := range ends {
		wantIs(t, receive(t, ended), net.ErrClosed)
	}
	must(t, s.Close())
	if why := NewLoops(proactor.Config{}, false).Choice(); why.Backend != "" {
		t.Errorf("of loops that have not started: %+v", why)
	}
	none := NewLoops(proactor.Config{Loops: testLoops, Backend: "none"}, false)
	if err := none.Start(); err == nil {
		t.Error("no loop can start")
	}
}

// A loop that has ended when there are no descriptors left has the first serve in its
// place, and starts when there are some again and the first has ended too.
func TestLoopsThatCannotStartAgain(t *testing.T) {
	s := open(t, proactor.Config{Loops: 2, IdleTimeout: time.Millisecond})
	second := s.all[1]
	second.config.Entries = -1
	first, err := s.all[0].Engine()
	must(t, err)
	deputy, err := second.Engine()
	must(t, err)
	if deputy != first {
		// The first was idle meanwhile, and has begun anew.
		testutil.Eventually(t, patience, func() bool { return first.stopped.Load() }, "the first engine ends")
	}
	<-deputy.ended
	second.config.Entries = 0
	again, err := second.Engine()
	must(t, err)
	if again == s.all[0].current.Load() {
		t.Error("the first serves, though the second can start")
	}
}

// A call with another loop than the descriptor's ends as one with its own.
func TestLoopsEndCallsOfOthers(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(d *Descriptor, cancel func()) error
		want error
	}{
		{"close", func(d *Descriptor, _ func()) error { return d.Close() }, ErrDescriptorClosed},
		{"deadline", func(d *Descriptor, _ func()) error { return d.SetDeadline(Reading, time.Now()) }, os.ErrDeadlineExceeded},
		{"context", func(_ *Descriptor, cancel func()) error { cancel(); return nil }, context.Canceled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := open(t, proactor.Config{Loops: testLoops})
			d, _ := pair(t, s)
			e, err := s.Of(d.FD + 1).Engine()
			must(t, err)
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			w := newWaiter(e)
			w.ended = ctx.Done()
			must(t, d.submit(w, Reading, receiving(d)))
			read := later(func() error { _, err := d.Finish(w, Reading, w.Wait(ctx)); return err })
			testutil.Eventually(t, patience, func() bool { return e.Proactor.Stats().InFlight == 1 }, "the receive in flight")
			must(t, tt.end(d, cancel))
			wantIs(t, receive(t, read), tt.want)
		})
	}
}

// Close waits for the goroutine too, not only for what it did.
func TestGoroutineIsGoneAfterClose(t *testing.T) {
	for range 50 {
		s := open(t, proactor.Config{})
		e := s.First().current.Load()
		must(t, nop(s))
		must(t, s.Close())
		select {
		case <-e.ended:
		default:
			t.Fatal("the goroutine is still there when Close has returned")
		}
	}
}

// The engine that was there a moment ago has ended, and none can start: the descriptor is
// closed all the same.
func TestCloseWhereTheEngineHasJustEnded(t *testing.T) {
	s := open(t, proactor.Config{IdleTimeout: time.Millisecond, Loops: 1})
	d, _ := pair(t, s)
	e, err := s.First().Engine()
	must(t, err)
	<-e.ended
	e.stopped.Store(false)
	release := testutil.ExhaustDescriptors(t)
	defer release()
	must(t, d.Close())
}

// Calls that block a thread take their slots from a loop that their processor stays with,
// and from the one they are given where that does not run.
func TestNear(t *testing.T) {
	s := open(t, proactor.Config{Loops: testLoops})
	at := s.near(s.First())
	if at.running() == nil {
		t.Fatal("a loop that does not run")
	}
	must(t, at.close())
	for range 10 * testLoops { // whatever the pool has kept
		if got := s.near(s.First()); got.running() == nil && got != s.First() {
			t.Fatal("a loop that does not run, and not the one that was given")
		}
	}
	one := NewLoops(proactor.Config{Loops: 1}, false)
	if got := one.near(one.First()); got != one.First() {
		t.Error("another loop where there is one")
	}
}
