package proactor

import (
	"runtime"
	"time"
)

// FlushUntil is Flush for a caller who would block until done reports true. Where
// results have come within Config.Spin lately it stays the loop for that long: what
// comes then is handed over without a thread or goroutine being woken. It may
// return before done is true.
func (p *Proactor) FlushUntil(done func() bool) {
	if p.single && p.parked.Load() && p.giveWay(done) || !p.takeTurn() {
		return
	}
	defer p.giveTurn()
	if p.single {
		p.standInSingle(done)
	} else {
		p.standIn()
	}
	if !done() && !p.company.many() && p.spinning.worthIt(p.config.Spin) {
		p.spinning.note(p.spin(done))
	}
}

// spin makes rounds as soon as there is something to do, until done or the time is
// up. It reports whether it was worth it.
func (p *Proactor) spin(done func() bool) bool {
	end := p.after(p.config.Spin)
	if first, ok := p.timers.first(); ok {
		end = min(end, first) // the loop may not know of it yet
	}
	for i := 1; p.parked.Load() && p.failure == nil; i++ {
		if p.called() || p.hasMore() || p.sharer.Ready() {
			before := p.counters.completed
			p.standIn()
			if found := p.counters.completed - before; found > 0 {
				p.saw(found)
				return true // if for others, they want this processor
			}
		}
		if i%looksPerClock == 0 && p.now() >= end {
			return false
		}
	}
	return done() // the loop is wanted for something else
}

// looksPerClock is how often to look for results before the clock, which costs ten
// times as much.
const looksPerClock = 16

// luck remembers whether it paid to spin. Whoever has the turn uses it.
type luck struct {
	credit int
	missed uint
}

const (
	creditMax  = 16
	creditCost = 3   // of a spin for nothing: it pays if more than three in five succeed
	creditGain = 2   // of one that succeeds
	probeEvery = 256 // calls without credit, one spins all the same
)

// worthIt reports whether to spin, for d.
func (l *luck) worthIt(d time.Duration) bool {
	if d <= 0 {
		return false
	}
	if l.credit > 0 {
		return true
	}
	l.missed++
	return l.missed%probeEvery == 0
}

func (l *luck) note(success bool) {
	if success {
		l.credit = min(l.credit+creditGain, creditMax)
	} else {
		l.credit = max(l.credit-creditCost, 0)
	}
}

// spinDefault is about what it takes here to put a thread to sleep and wake it, as
// one has to pay that much at most twice; none where the caller's processor is the
// only one.
func spinDefault() time.Duration {
	if runtime.GOMAXPROCS(0) == 1 || runtime.NumCPU() == 1 {
		return 0
	}
	return spinMost
}

const (
	spinMost  = 50 * time.Microsecond
	spinLimit = time.Millisecond // of Config.Spin: who spins does not see its context end
)
