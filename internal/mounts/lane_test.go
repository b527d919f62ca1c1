package mounts

import (
	"math/rand/v2"
	"testing"
	"time"
)

var testLimits = Limits{
	Slots: 64, Quiet: 16, StuckMax: 16, LostMax: 64, QuietAfter: 100 * time.Millisecond, StuckAfter: time.Second,
	HungAfter: 30 * time.Second, RetryMin: time.Second, RetryMax: time.Minute,
}

// A laneRig is a lane, its clock, and the calls that are under way.
type laneRig struct {
	*Lane
	t     testing.TB
	at    time.Time
	calls []*Call
}

func newLaneRig(t testing.TB, class Class) *laneRig {
	r := &laneRig{t: t, at: time.Unix(1_000_000, 0)}
	r.Lane = NewLane(Mount{Point: "/mnt", Class: class}, testLimits, func() time.Time { return r.at })
	return r
}

func (r *laneRig) pass(d time.Duration) { r.at = r.at.Add(d) }

// begin begins n calls, and wants what becomes of them.
func (r *laneRig) begin(n int, want Verdict) []*Call {
	r.t.Helper()
	calls := make([]*Call, n)
	for i := range calls {
		calls[i] = &Call{Admitted: make(chan bool, 1)}
		if got := r.Begin(calls[i]); got != want {
			r.t.Fatalf("call %d: %d, want %d: %+v", i, got, want, r.State())
		}
	}
	return calls
}

// expect wants the calls told, and what.
func (r *laneRig) expect(calls []*Call, want bool) {
	r.t.Helper()
	for i, c := range calls {
		select {
		case got := <-c.Admitted:
			if got != want {
				r.t.Errorf("call %d is told %t", i, got)
			}
		default:
			r.t.Errorf("call %d is told nothing", i)
		}
	}
}

// openLane has a call end for each of so many as may run, so that all slots are open, and begins
// as many.
func (r *laneRig) openLane() []*Call {
	r.t.Helper()
	running := r.begin(testLimits.Quiet, Runs)
	for len(running) < testLimits.Slots {
		r.End(running[0])
		running = append(running[1:], r.begin(2, Runs)...)
	}
	return running
}

func TestLaneBoundsRunningCalls(t *testing.T) {
	r := newLaneRig(t, MayHang)
	running := r.openLane()
	waiting := r.begin(3, Waits)
	if !r.GiveUp(waiting[1]) || r.GiveUp(waiting[1]) {
		t.Error("a call in line gives up once")
	}
	r.End(running[0])
	r.expect(waiting[:1], true)
	if r.GiveUp(waiting[0]) {
		t.Error("a call that has its place gives up")
	}
	if s := r.State(); s.Running != 64 || s.InLine != 1 || s.Begun != 64+48+3 || s.Ended != 48+2 {
		t.Errorf("%+v", s)
	}
}

func TestQuietLaneHasFewSlots(t *testing.T) {
	r := newLaneRig(t, MayHang)
	r.begin(10, Runs)
	r.pass(100 * time.Millisecond)
	r.begin(6, Runs)
	r.begin(1, Waits)
	if s := r.State(); !s.Late || !s.Troubled() {
		t.Errorf("%+v", s)
	}
}

// A mount that has not answered of late gets few calls, and more as it answers.
func TestSlotsOpenByAnswers(t *testing.T) {
	r := newLaneRig(t, MayHang)
	for range 2 {
		running := r.begin(16, Runs)
		waiting := r.begin(50, Waits)
		r.End(running[0])
		r.expect(waiting[:2], true)
		for _, c := range append(running[1:], waiting[:2]...) {
			r.End(c)
		}
		r.expect(waiting[2:36], true)
		for _, c := range waiting[36:] {
			r.GiveUp(c)
		}
		for _, c := range waiting[2:36] {
			r.End(c)
		}
		r.pass(100 * time.Millisecond)
	}
}

// Calls that come one at a time open nothing.
func TestSlotsStayFewWhereFewAreUsed(t *testing.T) {
	r := newLaneRig(t, MayHang)
	for range 100 {
		r.End(r.begin(1, Runs)[0])
	}
	r.begin(16, Runs)
	r.begin(1, Waits)
}

// stuckRig has as many calls stuck as make the lane refuse others.
func stuckRig(t *testing.T) (r *laneRig, stuck []*Call) {
	t.Helper()
	r = newLaneRig(t, MayHang)
	stuck = r.begin(16, Runs)
	for _, c := range stuck {
		r.Leave(c)
	}
	r.pass(time.Second)
	return r, stuck
}

func TestStuckLaneRefuses(t *testing.T) {
	r, stuck := stuckRig(t)
	r.begin(100, Refused)
	if s := r.State(); s.Stuck != 16 || s.Oldest != time.Second || !s.Refuses || s.Refused != 100 || s.Left != 16 {
		t.Errorf("%+v", s)
	}
	r.End(stuck[3]) // it answers
	r.begin(1, Runs)
}

// Calls that nothing can end have slots too: with all in use and none coming back, the rest is
// refused although fewer are stuck than StuckMax.
func TestLaneWithEndlessCallsRefuses(t *testing.T) {
	r := newLaneRig(t, MayHang)
	calls := r.begin(16, Runs)
	for _, c := range calls[:3] {
		r.Leave(c)
	}
	r.pass(999 * time.Millisecond)
	r.begin(1, Waits)
	r.pass(time.Millisecond)
	r.begin(1, Refused)
	if s := r.State(); s.Stuck != 3 || s.Running != 13 || !s.Refuses {
		t.Errorf("%+v", s)
	}
	r.End(calls[10]) // one answers: the mount does
	r.begin(2, Runs)
	r.begin(1, Waits)
}

func TestStuckLaneIsTriedNowAndThen(t *testing.T) {
	r, _ := stuckRig(t)
	for wait, tries := time.Second, 0; tries < 9; wait, tries = min(2*wait, time.Minute), tries+1 {
		r.begin(1, Refused)
		r.pass(wait - time.Millisecond)
		r.begin(1, Refused)
		r.pass(time.Millisecond)
		r.Leave(r.begin(1, Runs)[0])
		if !r.State().Trying {
			t.Error("it tries, and does not say so")
		}
	}
	r.pass(time.Hour)
	for range 100 {
		c := &Call{Admitted: make(chan bool, 1)}
		if r.Begin(c) == Runs {
			r.Leave(c)
			r.pass(time.Hour)
		}
	}
	if s := r.State(); s.Running+s.Stuck > testLimits.Slots {
		t.Errorf("more threads than slots: %+v", s)
	}
}

func TestLaneHealsByATryThatReturns(t *testing.T) {
	r, stuck := stuckRig(t)
	r.begin(1, Refused)
	r.pass(time.Second)
	r.End(r.begin(1, Runs)[0])
	if s := r.State(); s.Stuck != 0 || s.Lost != 16 || s.Refuses {
		t.Errorf("%+v", s)
	}
	r.begin(17, Runs)
	for _, c := range stuck {
		r.End(c)
	}
	if s := r.State(); s.Lost != 0 || s.Running != 17 {
		t.Errorf("%+v", s)
	}
}

func TestLateAnswerIsNoProof(t *testing.T) {
	r, stuck := stuckRig(t)
	more := r.begin(1, Refused)
	_ = more
	r.End(stuck[0])
	if s := r.State(); s.Lost != 0 || s.Stuck != 15 {
		t.Errorf("%+v", s)
	}
}

func TestLineIsRefusedWhenTheMountStops(t *testing.T) {
	r := newLaneRig(t, MayHang)
	stuck := r.begin(16, Runs)
	r.pass(200 * time.Millisecond)
	waiting := r.begin(5, Waits)
	for _, c := range stuck {
		r.Leave(c)
	}
	r.Check()
	if s := r.State(); s.InLine != 5 {
		t.Errorf("%+v", s)
	}
	r.pass(time.Second)
	r.Check()
	r.expect(waiting, false)
}

func TestHangs(t *testing.T) {
	r := newLaneRig(t, MayHang)
	calls := r.begin(2, Runs)
	r.pass(100 * time.Millisecond)
	if r.Hangs() {
		t.Error("it hangs, and nobody has left")
	}
	r.Leave(calls[0])
	if !r.Hangs() {
		t.Error("it does not hang, though a call was left and none comes back")
	}
	r.End(calls[1])
	if r.Hangs() {
		t.Error("it hangs, and has answered")
	}
	r.pass(time.Second)
	if !r.Hangs() {
		t.Error("it does not hang, though a call is stuck")
	}
}

func TestDiskIsStuckOnlyWhereCallersLeft(t *testing.T) {
	for class, want := range map[Class]int{Disk: 0, MayHang: 2} {
		r := newLaneRig(t, class)
		r.begin(2, Runs)
		r.pass(time.Hour)
		if s := r.State(); s.Stuck != want {
			t.Errorf("%s: %+v", class, s)
		}
	}
}

func TestAdoptedCallsNeedNoPlace(t *testing.T) {
	r := newLaneRig(t, MayHang)
	r.openLane()
	c := &Call{}
	r.Adopt(c, r.at.Add(-time.Second), false)
	r.Leave(c)
	if s := r.State(); s.Running != 64 || s.Stuck != 1 {
		t.Errorf("%+v", s)
	}
	r.End(c)
	r.begin(1, Waits)
}

// While calls move to a lane, no other begins there until one of them returns. A single late one
// keeps nobody out.
func TestAdoptedCallsKeepOthersOut(t *testing.T) {
	for _, more := range []bool{false, true} {
		r := newLaneRig(t, MayHang)
		c := &Call{}
		r.Adopt(c, r.at, more)
		if !more {
			r.begin(1, Runs)
			continue
		}
		waits := r.begin(1, Waits)[0]
		r.End(c)
		if !<-waits.Admitted {
			t.Error("it is refused")
		}
	}
}

// FuzzLane makes any calls in any order, and counts them all.
func FuzzLane(f *testing.F) {
	f.Add([]byte{0, 0, 1, 2, 3, 4, 5, 6}, uint64(1))
	f.Fuzz(func(t *testing.T, steps []byte, seed uint64) {
		r, random := newLaneRig(t, Class(seed%2)), rand.New(rand.NewPCG(seed, 0))
		for _, b := range steps[:min(len(steps), 200)] {
			r.step(b, random)
			r.count()
		}
		for len(r.calls) > 0 {
			r.step(2, random)
		}
		if s := r.State(); s.Running+s.InLine+s.Stuck+s.Lost != 0 || s.Begun != s.Ended {
			t.Errorf("something is left: %+v", s)
		}
	})
}

// step does one of the things that happen to a lane. calls are in line or run.
func (r *laneRig) step(b byte, random *rand.Rand) {
	if b%6 < 2 {
		for range b%16 + 1 {
			if c := (&Call{Admitted: make(chan bool, 1)}); b%6 == 0 {
				r.Adopt(c, r.at.Add(-time.Duration(b)*time.Second), b%12 == 0)
				r.calls = append(r.calls, c)
			} else if r.Begin(c) != Refused {
				r.calls = append(r.calls, c)
			}
		}
		return
	}
	if b%6 == 5 {
		r.pass(time.Duration(b) * 10 * time.Millisecond)
		r.Check()
		return
	}
	if len(r.calls) == 0 {
		return
	}
	i := random.IntN(len(r.calls))
	switch c := r.calls[i]; {
	case b%6 == 3 && c.state != stateInLine && !c.left:
		if c.state != stateEnded {
			r.Leave(c)
		}
	case b%6 == 2 || b%6 == 4:
		if !r.GiveUp(c) && c.state != stateEnded {
			r.End(c)
		}
		r.calls[i] = r.calls[len(r.calls)-1]
		r.calls = r.calls[:len(r.calls)-1]
	}
}

func (r *laneRig) count() {
	r.t.Helper()
	s := r.State()
	if total := uint64(s.Running+s.InLine+s.Stuck+s.Lost) + s.Ended; total != s.Begun || s.Lost > testLimits.LostMax {
		r.t.Fatalf("%d of %d: %+v", total, s.Begun, s)
	}
	if s.InLine > 0 && s.Running+s.Stuck < r.slots(r.at) && !s.Refuses {
		r.t.Fatalf("calls wait, and there is room: %+v", s)
	}
}
