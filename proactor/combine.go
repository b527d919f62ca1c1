package proactor

import (
	"runtime"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/spin"
)

// While the loop is parked, a caller that has submitted operations may take the loop
// lock and run the loop itself. This is flat combining: the mailbox is the publication
// list, and the caller that holds the lock is the combiner for all of them. It saves
// waking the loop's goroutine, and often the kernel's wake-up of a thread.

// Flush makes the loop look at operations that were submitted after SetBatched. If the loop
// waits, the caller runs a round in its place, which saves waking it. The callbacks of complete
// operations then run before Flush returns, on the caller's goroutine. They may belong to
// operations that others submitted, so do not hold a lock that a callback takes. Otherwise Flush
// does not block. Any goroutine may call it.
//
// On epoll and kqueue it only wakes the loop.
func (p *Proactor) Flush() {
	if p.acquireLoop() {
		defer p.releaseLoop() // a callback may panic
		p.combine()
	}
}

// acquireLoop takes the loop lock if the loop is parked. If it reports false, the
// holder of the lock, or the loop, looks at the queues again.
func (p *Proactor) acquireLoop() bool {
	switch {
	case !p.parked.Load():
		return false
	case p.sharer == nil || p.policy.off.Has(ablate.Combining) || p.threadBound.Load() > 0 || p.inTest && p.inOtherTime():
		p.wake()
		return false
	case !p.loopLock.TryLock():
		return false
	case !p.parked.Load():
		p.loopLock.Unlock()
		return false
	}
	p.combining = true
	return true
}

// releaseLoop releases the loop lock. Operations that were submitted meanwhile, by callers that found
// the lock taken, are left to the loop.
func (p *Proactor) releaseLoop() {
	if p.dispatching.Load() { // a callback panicked: the loop has the rest
		p.dispatching.Store(false)
		p.interruptPark()
	}
	heard := false
	p.dateWaiting(0)
	if !p.draining && p.threadBound.Load() == 0 { // Close waits for the last operation
		deadline, _ := p.parkUntil(never, p.alarms.Next.Load())
		heard, _ = p.sharer.Arm(deadline, true) // no error while the loop is parked
	}
	if !heard {
		p.wake()
	}
	p.combining = false
	p.loopLock.Unlock()
	if p.called() {
		p.wake()
	}
}

// combine makes rounds in the loop's place while there is something to do.
func (p *Proactor) combine() {
	for range combineRoundsMax {
		switch worked, err := p.round(); {
		case err != nil:
			p.interruptPark() // the loop has to end
			return
		case !worked || !p.promising():
			p.publish()
			return
		}
	}
	p.interruptPark() // the loop goes on
}

// promising reports whether another round may find something to do, as far as can be
// told without one. Timers are left to the loop.
func (p *Proactor) promising() bool {
	return p.called() || p.hasMore() || p.queue.Size > 0 || p.sharer.Ready()
}

// called reports whether another goroutine wants something of the loop.
func (p *Proactor) called() bool { return !p.mailbox.empty() || p.attention.Load() != 0 }

// hasMore reports whether the loop has work left that no event or message announces.
func (p *Proactor) hasMore() bool { return p.completed.Size > 0 || len(p.cancels) > 0 }

// The bits of Proactor.attention.
const (
	sent        = 1 << iota // controls or events
	interrupted             // an end of the loop's wait
)

// flushUntil is hook.FlushUntil.
func flushUntil(of any, done <-chan struct{}) {
	p := of.(*Proactor)
	if !p.parked.Load() || p.policy.oneCPU && !p.combinesOneCPU(done) || !p.acquireLoop() {
		return
	}
	defer p.releaseLoop()
	if p.policy.oneCPU {
		p.combineOneCPU(done)
	} else {
		p.combine()
	}
	if len(done) > 0 {
		return
	}
	if d := p.policy.spinFor(); d > 0 {
		p.policy.spun(p.spin(d, done))
	}
}

// combinesOneCPU reports whether a caller runs the loop when Go uses one CPU. If not, the loop or
// another caller does.
func (p *Proactor) combinesOneCPU(done <-chan struct{}) bool {
	switch p.policy.beforeCombining() {
	case wakeLoop:
		p.wake()
		return false
	case othersFirst:
		return !p.combinedByOthers(done)
	}
	return true
}

// combinedByOthers lets other callers run, and reports whether nothing is left to do for
// the caller, who does not have the loop lock.
func (p *Proactor) combinedByOthers(done <-chan struct{}) bool {
	runtime.Gosched()
	submitted := p.mailbox.empty() // by a caller that combined
	p.policy.othersRan(submitted)
	return submitted && len(done) > 0 && !p.called()
}

// combineOneCPU is combine where Go uses one CPU. A goroutine that it wakes would run
// before others that have waited longer: two that answer each other would keep the CPU
// until Go's monitor preempts them, after 10 ms. So it is put behind the others.
func (p *Proactor) combineOneCPU(done <-chan struct{}) {
	completed, submitted := p.counters.completed, p.counters.submitted
	p.combine()
	if submitted = p.counters.submitted - submitted; submitted > 1 {
		p.policy.observe(submitted)
	}
	if completed = p.counters.completed - completed; completed > 1 || completed == 1 && len(done) == 0 {
		p.yielder.requeue()
	}
}

// spin makes a round as soon as there is something to do, until done has something or d
// has passed. It reports whether it found a result.
func (p *Proactor) spin(d time.Duration, done <-chan struct{}) bool {
	now := p.now()
	p.dateWaiting(now)
	end := later(now, d)
	if len(p.timers.Entries) > 0 {
		end = min(end, p.timers.Entries[0].When) // the loop may not know of it yet
	}
	for i := 1; p.parked.Load() && p.failure == nil; i++ {
		if p.called() || p.sharer.Ready() {
			before := p.counters.completed
			p.combine()
			if found := p.counters.completed - before; found > 0 {
				p.policy.observe(found)
				return true // a result for another goroutine counts too: it wants this CPU
			}
		}
		if i%pollsPerClock != 0 {
			continue
		}
		t := p.now()
		if t >= end {
			return false
		}
		if time.Duration(t-now) >= spin.Hold && !p.policy.off.Has(ablate.SpinYield) {
			p.yieldCPU()
			p.policy.spinYielded(time.Duration(p.now() - t))
		}
	}
	return len(done) > 0 // the loop is wanted for something else
}

// pollsPerClock is how many polls for results share one look at the clock, which costs
// ten times as much as a poll.
const pollsPerClock = 16
