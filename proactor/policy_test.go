//go:build unix

package proactor

import (
	"math"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/spin"
	"github.com/awaitio/awaitio/internal/testutil"
)

// A policyState is what the rows of policy's tables name.
type policyState struct {
	unshared, watching, oneCPU, run, batching, aboveMin bool
	spin                                                time.Duration
	score                                               int
}

func (s policyState) policy() *policy {
	y := &policy{spin: s.spin, shared: !s.unshared, watching: s.watching, oneCPU: s.oneCPU}
	if s.score > 0 {
		y.spins = spin.Sure()
	}
	if s.run {
		y.start()
	}
	n := uint64(0)
	switch {
	case s.aboveMin:
		n = watchingMin + 1
	case s.batching:
		n = watchingMin - 1
	}
	for range 10 * rateRounds {
		y.observe(n)
	}
	return y
}

// The rows of the table of next, in its order; polls are idle polls before.
func TestPolicyNext(t *testing.T) {
	for _, row := range []struct {
		worked bool
		state  policyState
		polls  int
		want   decision
	}{
		{true, policyState{}, 0, anotherRound},
		{true, policyState{}, idlePollsMax, anotherRound},
		{true, policyState{batching: true}, 0, callersFirst},
		{true, policyState{batching: true}, idlePollsMax, callersFirst},
		{true, policyState{unshared: true}, 0, callersFirst},
		{true, policyState{unshared: true, batching: true}, 0, callersFirst},
		{false, policyState{batching: true}, 0, yieldCPU},
		{false, policyState{batching: true}, idlePollsMax - 1, yieldCPU},
		{false, policyState{batching: true}, idlePollsMax, parkLoop},
		{false, policyState{}, 0, parkLoop},
		{false, policyState{unshared: true, watching: true, aboveMin: true}, 0, yieldCPU},
		{false, policyState{unshared: true, watching: true, aboveMin: true}, idlePollsMax - 1, yieldCPU},
		{false, policyState{unshared: true, watching: true, aboveMin: true}, idlePollsMax, parkLoop},
		{false, policyState{unshared: true, watching: true, batching: true}, 0, parkLoop},
		{false, policyState{unshared: true, watching: true}, 0, parkLoop},
		{false, policyState{unshared: true}, 0, parkLoop},
		{false, policyState{unshared: true, batching: true}, 0, parkLoop},
	} {
		y := row.state.policy()
		y.idlePolls = row.polls
		if got := y.next(row.worked, 0, 0); got != row.want {
			t.Errorf("worked %v, %+v, %d idle polls: decision %d, want %d", row.worked, row.state, row.polls, got, row.want)
		}
	}
}

// starvingState is a loop beside another one, which made a round at cpuBudget and none since.
func starvingState() (y *policy, other pulse.Pulse) {
	set := pulse.NewSet(2)
	y, other = policyState{}.policy(), set.Of(1)
	y.pulse = set.Of(0)
	other.Beat(cpuBudget)
	return y, other
}

// A loop yields the CPU when it has worked for the budget while another had no CPU, and not
// before both have lasted as long.
func TestPolicyCPUBudget(t *testing.T) {
	const late = 2*cpuBudget + 1
	for name, row := range map[string]struct {
		change func(y *policy, other pulse.Pulse)
		now    time.Duration
		want   decision
	}{
		"for longer than the budget":  {now: late, want: yieldCPU},
		"for as long as the budget":   {now: late - 1, want: anotherRound},
		"after a pause":               {change: func(y *policy, _ pulse.Pulse) { y.paused(late - cpuBudget) }, now: late, want: anotherRound},
		"long after a pause":          {change: func(y *policy, _ pulse.Pulse) { y.paused(late - cpuBudget) }, now: late + 1, want: yieldCPU},
		"the other has nothing to do": {change: func(_ *policy, other pulse.Pulse) { other.Rest() }, now: late, want: anotherRound},
		"the loop is alone":           {change: func(y *policy, _ pulse.Pulse) { y.pulse = pulse.Pulse{} }, now: late, want: anotherRound},
	} {
		y, other := starvingState()
		if row.change != nil {
			row.change(y, other)
		}
		if got := y.next(true, 1, row.now); got != row.want {
			t.Errorf("%s: decision %d, want %d", name, got, row.want)
		}
	}
}

// A contended loop is beside another, which by then has made no round for asideAfter and more, after the
// system has taken a CPU away.
type contended struct {
	y     *policy
	other pulse.Pulse
	then  time.Duration
}

func contendedState() *contended {
	y, other := starvingState()
	then := cpuBudget + asideAfter + 1
	y.pulse.SetContended(then + 1)
	return &contended{y, other, then}
}

// again has the loop make so many rounds more.
func (s *contended) again(rounds int) {
	for range rounds {
		s.y.next(true, 1, s.then)
	}
}

func TestPolicyStepsAside(t *testing.T) {
	for name, row := range map[string]struct {
		change func(s *contended)
		want   decision
	}{
		"for longer than asideAfter":  {func(*contended) {}, stepAside},
		"for as long as asideAfter":   {func(s *contended) { s.then-- }, yieldCPU},
		"no CPU was taken away":       {func(s *contended) { s.y.pulse.SetContended(0) }, yieldCPU},
		"that is long ago":            {func(s *contended) { s.then++ }, yieldCPU},
		"after a pause":               {func(s *contended) { s.y.paused(s.then - cpuBudget) }, anotherRound},
		"so often for one round":      {func(s *contended) { s.again(asideMost - 1) }, stepAside},
		"and not more often":          {func(s *contended) { s.again(asideMost) }, yieldCPU},
		"but for the next round":      {func(s *contended) { s.again(asideMost); s.other.Beat(cpuBudget - 1) }, stepAside},
		"the other has nothing to do": {func(s *contended) { s.other.Rest() }, anotherRound},
	} {
		s := contendedState()
		row.change(s)
		if got := s.y.next(true, 1, s.then); got != row.want {
			t.Errorf("%s: decision %d, want %d", name, got, row.want)
		}
	}
}

// A round that takes far longer than its work says that CPUs are contended; for a second.
func TestPolicySeesThatCPUsAreContended(t *testing.T) {
	for elapsed, want := range map[time.Duration]bool{roundStalled: false, roundStalled + 1: true} {
		set := pulse.NewSet(2)
		y := policyState{}.policy()
		y.pulse = set.Of(0)
		y.paused(1) // a round begins
		y.next(true, 1, 1+elapsed)
		other := set.Of(1)
		if got := other.IsContended(elapsed + contendedFor); got != want || other.IsContended(1+elapsed+contendedFor) {
			t.Errorf("after a round of %v: %v", elapsed, got)
		}
	}
}

// What passes between two rounds does not count: callers run, or nobody drives.
func TestPolicyTimesRoundsAlone(t *testing.T) {
	for name, between := range map[string]func(y *policy){
		"callers run":   func(y *policy) { y.next(true, 1, 2) },
		"nobody drives": func(y *policy) { y.stop(); y.start() },
	} {
		set := pulse.NewSet(2)
		y := policyState{}.policy()
		y.pulse = set.Of(0)
		y.paused(1)
		between(y)
		y.beginRound()
		now := pulse.Now()
		y.next(true, 1, now)
		if y.pulse.IsContended(now) {
			t.Errorf("%s: it counts", name)
		}
	}
}

// A loop that does not run any more starves nobody.
func TestPolicyRestsWhenItStops(t *testing.T) {
	set := pulse.NewSet(2)
	y := policyState{run: true}.policy()
	y.pulse = set.Of(0)
	y.next(true, 1, 1)
	other := set.Of(1)
	if other.Starved(2*cpuBudget) == 0 {
		t.Error("a round does not count")
	}
	y.stop()
	if other.Starved(2*cpuBudget) != 0 {
		t.Error("it seems to starve")
	}
}

// A round that worked, and a park, let the next idle polls count from 0.
func TestPolicyCountsIdlePollsInSuccession(t *testing.T) {
	y := policyState{batching: true}.policy()
	polls := func() (n int) {
		for y.next(false, 0, 0) == yieldCPU {
			n++
		}
		return n
	}
	first, second := polls(), polls()
	y.next(false, 0, 0)
	y.next(true, 0, 0)
	if third := polls(); first != idlePollsMax || second != idlePollsMax || third != idlePollsMax {
		t.Errorf("%d, %d and %d idle polls, want %d each time", first, second, third, idlePollsMax)
	}
}

// The rows of the table of beforeCombining: what othersOften calls decide.
func TestPolicyBeforeCombining(t *testing.T) {
	all := func(d decision) []decision { return slices.Repeat([]decision{d}, othersOften) }
	one := all(runLoop)
	one[othersOften-1] = othersFirst
	for _, row := range []struct {
		state policyState
		want  []decision
	}{
		{policyState{}, all(runLoop)},
		{policyState{batching: true}, all(runLoop)},
		{policyState{oneCPU: true, batching: true}, all(wakeLoop)},
		{policyState{oneCPU: true}, one},
	} {
		y := row.state.policy()
		var got []decision
		for range row.want {
			got = append(got, y.beforeCombining())
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%+v: decisions %v, want %v", row.state, got, row.want)
		}
	}
}

// Others go first less often if they submit nothing, and as often as before once they do.
func TestPolicyOthersFirst(t *testing.T) {
	y := policyState{oneCPU: true}.policy()
	between := func() int {
		for n := 1; ; n++ {
			if y.beforeCombining() == othersFirst {
				return n
			}
		}
	}
	for range 20 {
		y.othersRan(false)
	}
	between()
	if n := between(); n != othersSeldom {
		t.Errorf("after others submitted nothing, they go first in one call of %d, want %d", n, othersSeldom)
	}
	y.othersRan(true)
	between()
	if n := between(); n != othersOften {
		t.Errorf("after others submitted, they go first in one call of %d, want %d", n, othersOften)
	}
}

// The rows of the table of spinFor: what spin.AnyEvery calls decide, in all.
func TestPolicySpinFor(t *testing.T) {
	const d = time.Microsecond
	for _, row := range []struct {
		state policyState
		want  int // how many of spin.AnyEvery calls answer d
	}{
		{policyState{spin: 0, score: 1}, 0},
		{policyState{spin: -1, score: 1}, 0},
		{policyState{spin: d, score: 1, batching: true}, 0},
		{policyState{spin: d, score: 1}, spin.AnyEvery},
		{policyState{spin: d}, 1},
	} {
		y := row.state.policy()
		spins := 0
		for range spin.AnyEvery {
			switch y.spinFor() {
			case d:
				spins++
			case 0:
			default:
				t.Fatalf("%+v: a spin for neither 0 nor %v", row.state, d)
			}
		}
		if spins != row.want {
			t.Errorf("%+v: %d calls of %d spin, want %d", row.state, spins, spin.AnyEvery, row.want)
		}
	}
}

// The rows of the table of budget.
func TestPolicyBudget(t *testing.T) {
	const inFlight = 10
	for _, row := range []struct {
		run    bool
		files  int
		waited float64
		rounds uint
		want   int
	}{
		{false, inFlight, 1, 0, math.MaxInt},
		{false, 0, 0, 0, math.MaxInt},
		{true, inFlight, 1, 0, 8},
		{true, inFlight, 1, 1, 16},
		{true, inFlight, 1, 2, 32},
		{true, inFlight, 1, 3, 64},
		{true, inFlight, 1, 1000, 64},
		{true, inFlight, 0.5, 0, 64},
		{true, inFlight/2 + 1, 1, 0, 8},
		{true, inFlight / 2, 1, 0, 64},
		{true, 0, 1, 0, 64},
	} {
		y := policyState{run: row.run}.policy()
		y.slowStart = slowStart{row.waited, row.rounds}
		if got := y.budget(row.files, inFlight); got != row.want {
			t.Errorf("%+v: %d results, want %d", row, got, row.want)
		}
	}
}

// Callers see that the loop is batching only while Run drives.
func TestPolicyShowsBatching(t *testing.T) {
	y := policyState{run: true}.policy()
	see := func(each uint64, want bool) {
		t.Helper()
		for range 10 * rateRounds {
			y.observe(each)
		}
		if y.batchingShow.Load() != want {
			t.Errorf("with %d operations a round, batching is %v", each, !want)
		}
	}
	see(1, false)
	see(4, true)
	see(0, true) // idle rounds do not count
	see(1, false)
	see(4, true)
	y.stop()
	if y.batchingShow.Load() || y.budget(0, 0) != math.MaxInt || y.budget(1, 1) != math.MaxInt {
		t.Error("a policy that was stopped goes on as if Run drove")
	}
}

// The loop in Run steps aside when its policy says so, and that is a pause.
func TestRunStepsAside(t *testing.T) {
	s := newShared()
	p := simulate(t, Config{}, s)
	set := pulse.NewSet(2)
	other := set.Of(1)
	p.policy.pulse = set.Of(0)
	now := pulse.Now()
	p.policy.pulse.SetContended(now + time.Hour)
	other.Beat(now)
	time.Sleep(2 * asideAfter)
	aside := 0
	p.stepAside = func() {
		aside++
		other.Rest()
	}
	r := &sharedRig{TB: t, p: p, s: s}
	r.nop(nil)
	r.drive()
	r.stop(nil)
	testutil.Receive(t, r.ended, "end of Run")
	if aside != 1 || p.policy.pausedAt < now {
		t.Errorf("it stepped aside %d times, and last paused at %v", aside, p.policy.pausedAt)
	}
}

// The loop in Run yields the CPU at each idle poll, and parks after them.
func TestRunYieldsTheCPUAtIdlePolls(t *testing.T) {
	s := newShared()
	p := simulate(t, Config{}, s)
	yields := 0
	p.yieldCPU = func() { yields++ }
	for range 10 * rateRounds {
		p.policy.observe(4)
	}
	r := &sharedRig{TB: t, p: p, s: s}
	r.drive()
	r.stop(nil)
	testutil.Receive(t, r.ended, "end of Run")
	if yields != idlePollsMax {
		t.Errorf("it yielded %d times before it parked, want %d", yields, idlePollsMax)
	}
}

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

// A loop that finds one result each round is not batching; one that finds five in four
// rounds is, and it is forgotten when they are gone.
func TestCompletionRate(t *testing.T) {
	var y policy
	rounds := func(n int, sizes ...uint64) {
		for i := range n {
			y.observe(sizes[i%len(sizes)])
		}
	}
	rounds(1000, 1)
	if y.batching {
		t.Error("one a round is batching")
	}
	rounds(1000, 0)
	if y.batching {
		t.Error("idle rounds are batching")
	}
	rounds(1000, 2)
	if !y.batching {
		t.Error("two a round are not batching")
	}
	rounds(1000, 1)
	if y.batching {
		t.Error("one a round is batching after two a round")
	}
	rounds(1, 1<<40)
	if y.completed > 1+rateMax/rateRounds {
		t.Errorf("one round makes the average %v", y.completed)
	}
	rounds(1000, 1000)
	rounds(rateRounds*8, 1)
	if y.batching {
		t.Error("a burst is not forgotten")
	}
}

// A loop that loses time slices keeps the CPU for a while, and for longer if it loses one more when that is over.
func TestPolicyKeepsTheCPU(t *testing.T) {
	const slice = 4 * time.Millisecond
	loseAt := func(y *policy, now time.Duration, times int) time.Duration {
		for range times {
			now += slice
			y.gaveCPU(slice, now)
		}
		return now
	}
	enough := int(lostMost / slice)
	for name, test := range map[string]struct {
		lose func(y *policy) (now time.Duration)
		want time.Duration // for how long after now
	}{
		"little each time": {lose: func(y *policy) time.Duration {
			for range 1000 {
				y.gaveCPU(lostMin-1, time.Second)
			}
			return time.Second
		}},
		"few":    {lose: func(y *policy) time.Duration { return loseAt(y, time.Second, enough-1) }},
		"enough": {lose: func(y *policy) time.Duration { return loseAt(y, time.Second, enough) }, want: keepMin},
		"enough in a long time": {lose: func(y *policy) time.Duration {
			now := loseAt(y, time.Second, enough-1)
			return loseAt(y, now+lostWindow, 1)
		}},
		"one more afterwards": {lose: func(y *policy) time.Duration {
			loseAt(y, time.Second, enough)
			return loseAt(y, y.keepsUntil, 1)
		}, want: 2 * keepMin},
		"one more each time": {lose: func(y *policy) (now time.Duration) {
			loseAt(y, time.Second, enough)
			for range 10 {
				now = loseAt(y, y.keepsUntil, 1)
			}
			return now
		}, want: keepMax},
		"one more long afterwards": {lose: func(y *policy) time.Duration {
			loseAt(y, time.Second, enough)
			y.keepsUntil = 0 // it is over
			return loseAt(y, time.Minute, 1)
		}},
		"switched off": {lose: func(y *policy) time.Duration {
			y.off = ablate.Of(ablate.KeepCPU)
			return loseAt(y, time.Second, 10*enough)
		}},
	} {
		y := new(policy)
		now := test.lose(y)
		if got := max(y.keepsUntil-now, 0); got != test.want || y.keepsUntil == 0 != (test.want == 0) {
			t.Errorf("%s: for %v, want %v", name, got, test.want)
		}
	}
}

// While a loop keeps the CPU it does not yield, and parks at once if it is idle.
func TestPolicyWhileItKeepsTheCPU(t *testing.T) {
	for name, test := range map[string]struct {
		until      time.Duration
		idle, busy decision
	}{
		"meanwhile":  {until: pulse.Now() + time.Hour, idle: parkLoop, busy: anotherRound},
		"afterwards": {until: 1, idle: yieldCPU, busy: yieldCPU},
		"never":      {idle: yieldCPU, busy: yieldCPU},
	} {
		idle := policyState{batching: true}.policy()
		busy, _ := starvingState()
		idle.keepsUntil, busy.keepsUntil = test.until, test.until
		if got := idle.next(false, 0, 0); got != test.idle {
			t.Errorf("%s, idle: decision %d, want %d", name, got, test.idle)
		}
		if got := busy.next(true, 1, 2*cpuBudget+1); got != test.busy {
			t.Errorf("%s, busy: decision %d, want %d", name, got, test.busy)
		}
	}
}
