package proactor

import (
	"math"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/spin"
)

// A policy decides what the goroutine that runs the loop does next: make another
// round, let the callers run, spin, yield the CPU, or park. It counts and compares
// only. The loop tells it what happened, asks, and does what it answers.
//
// "Shared" means that callers can run the loop while it is parked; this takes a
// backend.Sharer. "Watching" means that the loop only wakes callers that receive themselves, as
// on a poller; see backend.Watcher. "Batching" means that operations complete several at a time.
//
// next: the loop in Run, after a round.
//
//	round    loop      completions  idle polls    decision
//	worked, for the CPU budget, while another loop has no CPU
//	                                              yieldCPU, or stepAside where CPUs are contended
//	worked   shared    single       any           anotherRound
//	worked   shared    batching     any           callersFirst
//	worked   unshared  any          any           callersFirst
//	idle     shared    batching     fewer than 2  yieldCPU
//	idle     shared    batching     2             parkLoop
//	idle     shared    single       any           parkLoop
//	idle     watching  10 a round   fewer than 2  yieldCPU
//	idle     watching  10 a round   2             parkLoop
//	idle     watching  fewer        any           parkLoop
//	idle     unshared  any          any           parkLoop
//
// beforeCombining: a caller that would run the parked loop.
//
//	GOMAXPROCS  completions  call              decision
//	2 or more   any          any               runLoop
//	1           batching     any               wakeLoop
//	1           single       one in 16 to 1024 othersFirst
//	1           single       other             runLoop
//
// spinFor: a caller that has run the loop and has no result yet.
//
//	Config.Spin  completions  success estimate    decision
//	0 or less    any          any                 do not spin
//	more         batching     any                 do not spin
//	more         single       positive            spin
//	more         single       zero, 1 call in 256 spin
//	more         single       zero, other         do not spin
//
// budget: how many results one round takes.
//
//	Run     in flight     last transfers   decision
//	no      any           any              no limit
//	yes     mostly files  mostly waited    8, then 16, 32, 64 until the loop parks
//	yes     other         any              64
//
// Except for the atomic fields, the holder of the loop lock owns it.
type policy struct {
	spin   time.Duration // Config.Spin
	shared bool
	oneCPU bool       // GOMAXPROCS is 1, and the loop is shared
	driven bool       // by Run
	off    ablate.Set // mechanisms that the benchmark has switched off

	completed    float64 // by one round: a moving average over rateRounds, see observe
	pulse        pulse.Pulse
	pausedAt     time.Duration // when the loop last parked, or let another thread have the CPU
	roundBegan   time.Duration // 0: not known
	keepsUntil   time.Duration // the loop does not give up the CPU until then; 0: it may
	keepFor      time.Duration // how long that was when it began
	lost         time.Duration // of the time since lostFrom: see gaveCPU
	lostFrom     time.Duration
	watching     bool          // callers that receive themselves have been woken
	batching     bool          // see batchingMin
	spins        spin.Estimate // adaptive spin
	idlePolls    int           // rounds since one that worked
	slowStart    slowStart
	_            [64]byte
	batchingShow atomic.Bool // batching while Run drives; read by callers, and seldom written
	_            [64]byte
	calls        atomic.Uint32 // to beforeCombining
	othersEvery  atomic.Uint32 // in how many of them others go first
}

// A decision is what a policy answers.
type decision uint8

const (
	anotherRound decision = iota // at once
	callersFirst                 // another round after the woken callers have run
	yieldCPU                     // another round after other threads, then the callers, have run
	stepAside                    // the same, and this thread sleeps meanwhile
	parkLoop                     // wait in the backend

	runLoop     // run the parked loop in its place
	wakeLoop    // wake the parked loop
	othersFirst // let other callers run, then runLoop if the operation is still there
)

func newPolicy(config Config, shared bool) policy {
	off := ablate.Off()
	if off.Has(ablate.Spin) {
		config.Spin = 0
	}
	return policy{spin: config.Spin, shared: shared, oneCPU: shared && runtime.GOMAXPROCS(0) == 1, off: off}
}

// start is called when Run begins to drive.
func (y *policy) start() {
	y.driven, y.roundBegan = true, 0
	y.batchingShow.Store(y.batching)
}

// stop is called when the loop is no longer driven.
func (y *policy) stop() {
	y.driven = false
	y.rest()
	y.batchingShow.Store(false)
}

// observe records how many operations one round completed, or a caller submitted
// together. An idle round does not count.
//
// If many complete together, the woken goroutines submit the next batch, and the loop lets
// them run first. A goroutine on its own finds the loop parked and runs it. The
// operation that a caller completes for itself does not count: there is always one.
func (y *policy) observe(n uint64) {
	if n == 0 {
		return
	}
	y.completed += (float64(min(n, rateMax)) - y.completed) / rateRounds
	if b := y.completed >= batchingMin && !y.off.Has(ablate.Batching); b != y.batching {
		y.batching = b
		y.batchingShow.Store(b)
	}
}

// watchingMin is how many receivers a round wakes, on average, where a loop that only wakes them polls
// although it is idle. With fewer its yields save little, and receivers that wait for it wait for a
// time slice of another thread: beside a connection that is always busy, docs/decisions/edges.md.
const watchingMin = 10

const (
	rateRounds  = 16     // the average is over about this many rounds
	rateMax     = 64     // counted for one round; so a burst is soon forgotten
	batchingMin = 5. / 4 // five operations in four rounds
)

// next is the decision after a round of Run, which completed that many operations.
//
// An idle poll saves small batches. The loop runs on another CPU than the callers it
// woke, and is back before they have submitted anything. If it parked, each caller
// would run the loop for its own single operation.
//
// Without yieldCPU the loop would find a little at each poll and keep its CPU for a
// time slice of the system, milliseconds, while the thread of another loop waits for
// that CPU to deliver results.
func (y *policy) next(worked bool, completed uint64, now time.Duration) decision {
	if completed > 0 {
		y.observe(completed)
	}
	polls := y.batching && (y.shared || y.watching && y.completed >= watchingMin) && !y.off.Has(ablate.IdlePolls) && !y.keepsCPU()
	if worked || !polls || y.idlePolls == idlePollsMax {
		y.idlePolls = 0
		if !worked {
			return parkLoop
		}
		if d, ok := y.overBudget(now); ok {
			return d
		}
		if y.shared && !y.batching {
			return anotherRound // a caller finds the loop parked earlier
		}
		return callersFirst
	}
	y.idlePolls++
	if y.off.Has(ablate.YieldCPU) {
		return callersFirst
	}
	return yieldCPU
}

// overBudget reports whether the loop has worked for cpuBudget without a pause, while
// another loop has not come to a round for as long, and what the loop does then.
func (y *policy) overBudget(now time.Duration) (d decision, ok bool) {
	if y.pulse.IsAlone() {
		return 0, false
	}
	y.pulse.Beat(now)
	if began := y.roundBegan; began != 0 && now-began > roundStalled {
		y.pulse.SetContended(now + contendedFor)
	}
	y.roundBegan = 0
	if now-y.pausedAt <= cpuBudget || y.off.Has(ablate.CPUBudget) || y.keepsCPU() {
		return 0, false
	}
	switch starved := y.pulse.Starved(now); {
	case starved <= cpuBudget:
		return 0, false
	case starved > asideAfter && y.pulse.IsContended(now) && !y.off.Has(ablate.StepAside) && y.pulse.Times() <= asideMost:
		return stepAside, true
	}
	return yieldCPU, true
}

// cpuBudget is how long a loop works while another one waits for a CPU. The system would let
// it go on for a time slice, milliseconds. It is ten times what a round of a busy loop takes,
// and less than a client notices.
const cpuBudget = 50 * time.Microsecond

// A loop steps aside for another that has made no round for asideAfter: it sleeps, as briefly as it can.
// It does so asideMost times until that loop has made a round. A loop that yields keeps its CPU if the
// other waits for another CPU. Otherwise Linux since 6.6 puts off its own turn by a time slice
// (yield_task_fair).
//
// A loop may also make no round because its callers compute, or because it has much to do. Nobody is
// to step aside for it then. So loops do it only for contendedFor after the system has taken a CPU away
// from one of them: a round took roundStalled, a multiple of what 64 results and as many submissions take.
const (
	asideAfter   = 300 * time.Microsecond
	asideMost    = 16
	roundStalled = time.Millisecond
	contendedFor = time.Second
)

// gaveCPU is called when the loop has given up the CPU for d, until now.
//
// If that is long, the CPU may have gone to a thread that computes. Then each further time costs as much: Linux since 6.6
// puts off the turn of a thread that yields by a time slice, and prefers one that wakes. So where the loop loses much of
// its time in that way it keeps the CPU while it has something to do, and parks otherwise, for a while, and for twice
// as long each time that this is still so afterwards.
func (y *policy) gaveCPU(d, now time.Duration) {
	if d < lostMin || y.off.Has(ablate.KeepCPU) {
		return
	}
	if now-y.lostFrom > lostWindow {
		y.lostFrom, y.lost, y.keepFor = now, 0, 0
	}
	if y.lost += d; y.lost < lostMost {
		return
	}
	y.keepFor = min(max(2*y.keepFor, keepMin), keepMax)
	y.keepsUntil = now + y.keepFor
	y.lostFrom = y.keepsUntil // one more within the window, and it goes on
}

const (
	lostMin    = 2 * time.Millisecond  // threads that only answer seldom keep the CPU for so long; one that computes has a time slice
	lostMost   = 20 * time.Millisecond // of each lostWindow
	lostWindow = 100 * time.Millisecond
	keepMin    = 100 * time.Millisecond
	keepMax    = time.Second
)

// keepsCPU reports whether the loop does not give up the CPU.
func (y *policy) keepsCPU() bool {
	if y.keepsUntil == 0 {
		return false
	}
	if pulse.Now() >= y.keepsUntil {
		y.keepsUntil = 0
	}
	return y.keepsUntil != 0
}

// beginRound is called before a round of Run.
func (y *policy) beginRound() {
	if y.roundBegan == 0 && !y.pulse.IsAlone() {
		y.roundBegan = pulse.Now()
	}
}

// now is the instant for next and paused. A loop that is alone does without the clock.
func (y *policy) now() time.Duration {
	if y.pulse.IsAlone() {
		return 0
	}
	return pulse.Now()
}

// paused is called when the loop has parked, or has let another thread have the CPU.
func (y *policy) paused(now time.Duration) {
	if y.pausedAt, y.roundBegan = now, now; !y.pulse.IsAlone() {
		y.pulse.Beat(now)
	}
}

// rest is called when the loop has nothing to do.
func (y *policy) rest() {
	if !y.pulse.IsAlone() {
		y.pulse.Rest()
	}
}

// idlePollsMax is how many rounds in succession may find nothing. More cost more than
// they gain.
const idlePollsMax = 2

// beforeCombining is the decision for a caller that would run the parked loop. It may
// be called without the loop lock.
//
// With one CPU no other thread takes over goroutines. Each caller would enter the
// kernel for one operation while the others wait for the CPU with theirs. So one call
// in 16 lets the others run first. If they submit, one caller runs the loop for
// several operations, which observe counts as batching; then the loop is woken
// instead, and finds what all have submitted.
func (y *policy) beforeCombining() decision {
	switch {
	case !y.oneCPU:
		return runLoop
	case y.batchingShow.Load():
		return wakeLoop
	case y.off.Has(ablate.OthersFirst):
		return runLoop
	case y.calls.Add(1)%max(y.othersEvery.Load(), othersOften) == 0:
		return othersFirst
	}
	return runLoop
}

// othersRan records whether another caller ran the loop after othersFirst. If none
// did, the next othersFirst comes after twice as many calls: goroutines that compute
// may hold up the caller, whose operation is not submitted yet.
func (y *policy) othersRan(submitted bool) {
	if submitted {
		y.othersEvery.Store(othersOften)
		return
	}
	every := max(y.othersEvery.Load(), othersOften)
	y.othersEvery.Store(min(2*every, othersSeldom))
}

// The bounds of othersEvery.
const (
	othersOften  = 16
	othersSeldom = 1024
)

// combineRoundsMax is how many rounds a caller makes before it leaves the rest to the
// loop: one for its operation, one for operations that the callback begins, and a look that there
// is no more.
const combineRoundsMax = 4

// spinFor is how long a caller may look for its result before it parks; 0: not at all.
// Each answer that is not 0 is followed by a call of spun.
func (y *policy) spinFor() time.Duration {
	if y.batching || y.spin <= 0 {
		return 0
	}
	if !y.spins.Worth() {
		return 0
	}
	return y.spin
}

// spinShown is how long a caller that receives itself may spin. It may be called without the
// loop lock.
func (y *policy) spinShown() time.Duration {
	if y.batchingShow.Load() {
		return 0
	}
	return y.spin
}

// spinYielded is called when a spin has yielded the CPU for d.
func (y *policy) spinYielded(d time.Duration) {
	if !y.off.Has(ablate.KeepCPU) {
		y.spins.Lost(d)
	}
}

// spun records whether a spin found a result.
func (y *policy) spun(found bool) { y.spins.Note(found) }

// budget is how many results a round takes at most, with inFlight operations of which
// files are transfers of files.
//
// roundBudget is small enough that the woken goroutines find their records in the CPU
// cache, and fit into one run queue of Go's scheduler, which holds 256: with one CPU
// the ones beyond would starve. It is large enough that the cost of one entry into the
// kernel does not count.
func (y *policy) budget(files, inFlight int) int {
	switch {
	case !y.driven || y.off.Has(ablate.RoundBudget):
		return math.MaxInt
	case 2*files > inFlight && y.slowStart.waits() && !y.off.Has(ablate.SlowStart):
		return y.slowStart.budget()
	}
	return roundBudget
}

const roundBudget = 64

// spinDefault is about twice the time that it takes to put a thread to sleep and wake
// it, so that a spin that finds nothing at most doubles the cost. It is 0 with one CPU.
func spinDefault() time.Duration {
	if runtime.GOMAXPROCS(0) == 1 || runtime.NumCPU() == 1 {
		return 0
	}
	return spinMost
}

const (
	spinMost  = 50 * time.Microsecond
	spinLimit = time.Millisecond // of Config.Spin: a spin does not see the end of a context
)

// A slowStart is the budget while a disk is the bottleneck. A disk that has served all
// its requests is idle until it gets the next ones. That is likely after the loop has
// parked, so the first round takes few results and each next one twice as many: the
// disk works on the first new requests while the loop takes the other results. Sockets
// gain nothing by it.
type slowStart struct {
	waited float64 // share of the last file transfers that had to wait, 0 to 1
	rounds uint    // with results, since the loop parked; the loop counts
}

const (
	diskTransfers = 64 // waited is over about this many
	diskFirst     = 8  // the first round's budget
)

// observe records whether a transfer had to wait. On io_uring a transfer that the page
// cache serves does not wait; on the other backends a worker makes all transfers.
func (s *slowStart) observe(waited bool) {
	x := 0.0
	if waited {
		x = 1
	}
	s.waited += (x - s.waited) / diskTransfers
}

// waits reports whether most transfers had to wait.
func (s *slowStart) waits() bool { return s.waited > 1./2 }

// budget is how many results the next round takes.
func (s *slowStart) budget() int { return min(diskFirst<<min(s.rounds, 8), roundBudget) }
