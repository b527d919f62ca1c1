//go:build unix

package proactor

import (
	"runtime"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
)

func TestSpinDefaults(t *testing.T) {
	spin := func(d time.Duration) time.Duration {
		t.Helper()
		c, err := Config{Spin: d}.withDefaults()
		if err != nil {
			t.Fatal(err)
		}
		return c.Spin
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	want := spinMost
	if runtime.NumCPU() == 1 {
		want = 0
	}
	if got := spin(0); got != want {
		t.Errorf("by default %v, want %v", got, want)
	}
	if got := spin(time.Microsecond); got != time.Microsecond {
		t.Errorf("a microsecond is %v", got)
	}
	if got := spin(-1); got >= 0 {
		t.Errorf("never is %v", got)
	}
	if _, err := (Config{Spin: spinLimit + 1}).withDefaults(); err == nil {
		t.Error("more than the limit is accepted")
	}
	runtime.GOMAXPROCS(1)
	if got := spin(0); got != 0 {
		t.Errorf("on one processor %v, want none", got)
	}
}

func TestLuckStaysInBounds(t *testing.T) {
	var l luck
	for range 100 {
		l.note(true)
		if l.credit > creditMax || !l.worthIt(1) {
			t.Fatalf("credit %d after a success", l.credit)
		}
	}
	spins := 0
	for ; l.worthIt(1); spins++ {
		l.note(false)
		if l.credit < 0 {
			t.Fatalf("credit %d", l.credit)
		}
	}
	if want := (creditMax + creditCost - 1) / creditCost; spins != want {
		t.Errorf("%d spins for nothing until it is not worth it, want %d", spins, want)
	}
}

func TestLuckProbesNowAndThen(t *testing.T) {
	var l luck
	probes := 0
	for range 4 * probeEvery {
		if l.worthIt(1) {
			probes++
			l.note(false)
		}
	}
	if probes != 4 {
		t.Errorf("%d probes in %d calls, want 4", probes, 4*probeEvery)
	}
	for !l.worthIt(1) {
	}
	l.note(true) // it pays again
	if !l.worthIt(1) {
		t.Error("not worth it after a probe that succeeded")
	}
}

func TestNeverIsNeverWorthIt(t *testing.T) {
	l := luck{credit: creditMax}
	for range 2 * probeEvery {
		if l.worthIt(0) || l.worthIt(-1) {
			t.Fatal("spins although it never should")
		}
	}
}

// One that finds one result each round is alone; five in four rounds are company,
// and it is forgotten when they are gone.
func TestCompany(t *testing.T) {
	var a company
	rounds := func(n int, sizes ...uint64) {
		for i := range n {
			a.saw(sizes[i%len(sizes)])
		}
	}
	rounds(1000, 1)
	if a.many() {
		t.Error("one alone is many")
	}
	rounds(1000, 0)
	if a.many() {
		t.Error("nobody is many")
	}
	rounds(1000, 2)
	if !a.many() {
		t.Error("two each round are not many")
	}
	rounds(1000, 1)
	if a.many() {
		t.Error("one alone is many after two")
	}
	rounds(1, 1<<40)
	if a.mean > 1+companyMax/companyRounds {
		t.Errorf("one round makes the mean %v", a.mean)
	}
	rounds(1000, 1000)
	rounds(companyRounds*8, 1)
	if a.many() {
		t.Error("a crowd is not forgotten")
	}
}

// The loop gives way where it looks again for nothing, and only there.
func TestLoopGivesWay(t *testing.T) {
	s := newStood()
	p := simulate(t, Config{}, s)
	if p.goesOn(false) || !p.goesOn(true) || s.ways != 0 {
		t.Errorf("alone it gave way %d times", s.ways)
	}
	p.company.mean = 2
	if !p.goesOn(true) || s.ways != 0 {
		t.Errorf("after a round that worked it gave way %d times", s.ways)
	}
	rounds := 0
	for p.goesOn(false) {
		rounds++
	}
	if rounds != inVainMax || s.ways != inVainMax {
		t.Errorf("it looked %d times for nothing, and gave way %d times", rounds, s.ways)
	}
}

// Where it has paid, FlushUntil looks until the result is there.
func TestFlushUntilSpins(t *testing.T) {
	r := newStanding(t, Config{Spin: spinLimit})
	for range 20 { // the first may not last
		r.locked(func() { r.p.spinning.credit = creditMax })
		done := false
		from := len(r.s.taken)
		r.nop(func(*Completion, Result) { done = true })
		looks := 0
		r.p.FlushUntil(func() bool {
			if looks++; looks == 1 { // after the submission, before the spin; with the turn
				r.s.end(from, 0)
			}
			return done
		})
		if done {
			if n := r.wakeUps(); n != 0 {
				t.Errorf("%d wake-ups", n)
			}
			return
		}
		r.p.Flush()
	}
	t.Error("nothing was found by spinning")
}

// In company nobody spins: the others want the processor.
func TestNobodySpinsInCompany(t *testing.T) {
	r := newStanding(t, Config{Spin: spinLimit})
	r.locked(func() {
		r.p.spinning.credit = creditMax
		r.p.company.mean = 2
	})
	r.nop(nil)
	looks := 0
	r.p.FlushUntil(func() bool { looks++; return false })
	if looks != 1 || r.p.spinning.credit != creditMax {
		t.Errorf("%d looks, credit %d: it spun", looks, r.p.spinning.credit)
	}
	r.finish(0)
	r.p.Flush()
}

// A spin ends at the first timer, of which the loop may not know yet.
func TestSpinEndsAtATimer(t *testing.T) {
	r := newStanding(t, Config{Spin: spinLimit})
	r.locked(func() {
		r.p.config.Spin = time.Hour
		r.p.spinning.credit = creditMax
	})
	ended := make(chan Result, 1)
	c := new(Completion)
	c.SetBatched()
	if err := r.p.Timeout(c, 10*time.Millisecond, func(_ *Completion, r Result) { ended <- r }); err != nil {
		t.Fatal(err)
	}
	over := make(chan bool)
	go func() {
		defer close(over)
		r.p.FlushUntil(func() bool { return false })
	}()
	receive(t, over, "end of the spin")
	testutil.Eventually(t, patient, func() bool { r.s.Wake(); return len(ended) > 0 }, "the end of the timeout")
}
