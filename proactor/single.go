package proactor

import "runtime"

// Where Go has one processor nobody takes goroutines over from it, and standing in has
// two faults.
//
// Those whom a stand-in wakes run next, before others that have waited for longer: two
// that answer each other have the processor to themselves until Go's monitor steps
// in, after 10 ms, and then two others have it. So whoever was woken is put behind.
//
// Each who submits enters the kernel for one operation, while the others wait for the
// processor with theirs. So one call in 16, and fewer where that was for nothing, lets
// them go first. If they submit, one stands in for several, which is company, and in
// company nobody stands in here: the loop is woken, and finds what all have submitted.

// giveWay lets others go first, and reports whether nothing is left to do for the
// caller, who has not the turn.
func (p *Proactor) giveWay(done func() bool) bool {
	if p.crowded.Load() {
		p.wake()
		return true
	}
	every := max(p.probeEvery.Load(), probeOften)
	if p.probes.Add(1)%every != 0 {
		return false
	}
	runtime.Gosched()
	if p.mailbox.empty() { // somebody has come, and taken ours along
		p.probeEvery.Store(probeOften)
		return done() && !p.called()
	}
	p.probeEvery.Store(min(2*every, probeSeldom))
	return false
}

// How many calls stand in for one that lets others go first. That one may have to wait
// for those that compute, with its operation not submitted yet.
const (
	probeOften  = 16
	probeSeldom = 1024
)

// standInSingle is standIn on one processor.
func (p *Proactor) standInSingle(done func() bool) {
	completed, taken := p.counters.completed, p.counters.taken
	p.standIn()
	if taken = p.counters.taken - taken; taken > 1 {
		p.saw(taken)
	}
	if completed = p.counters.completed - completed; completed > 1 || completed == 1 && !done() {
		p.recall.pass()
	}
}
