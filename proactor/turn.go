package proactor

import (
	"runtime"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// Flush has the loop look at what was submitted after SetBatched. While the loop
// waits, the caller makes the round in its place, which saves waking it: the
// callbacks of what is complete then run before Flush returns, on the caller's
// goroutine. They may be of operations that others submitted; do not hold a lock
// that a callback takes. Flush does not block otherwise, and may be called from
// any goroutine.
//
// On epoll and kqueue it only wakes the loop.
func (p *Proactor) Flush() {
	if p.takeTurn() {
		defer p.giveTurn() // a callback may panic
		p.standIn()
	}
}

// takeTurn makes the caller the loop if the loop waits. Where it does not, whoever
// has the turn looks at the queues again when it ends.
func (p *Proactor) takeTurn() bool {
	switch {
	case !p.parked.Load():
		return false
	case p.sharer == nil || p.personal.Load() > 0 || p.inOtherTime():
		p.wake()
		return false
	case !p.turn.TryLock():
		return false
	case !p.parked.Load():
		p.turn.Unlock()
		return false
	}
	p.sharer.Resume()
	p.standing = true
	return true
}

// giveTurn ends what takeTurn began. What was submitted meanwhile, by those who
// found the turn taken, is the loop's.
func (p *Proactor) giveTurn() {
	if p.dispatching.Load() { // a callback panicked: the loop has the rest
		p.dispatching.Store(false)
		p.interruptPark()
	}
	deadline, _ := p.parkUntil(0, p.alarms.next.Load())
	if p.draining || p.hasMore() || p.personal.Load() > 0 || !p.sharer.Covers(deadline) { // Close waits for the last operation
		p.wake()
	}
	p.standing = false
	p.turn.Unlock()
	if p.called() {
		p.wake()
	}
}

// standIn does in the loop's place what there is to do.
func (p *Proactor) standIn() {
	for range standInRounds {
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
// told without one. What time brings is the loop's.
func (p *Proactor) promising() bool {
	return p.called() || p.hasMore() || p.queue.size > 0 || p.sharer.Ready()
}

// standInRounds is enough for an operation, what its callback begins, and a look
// that there is no more.
const standInRounds = 4

// called reports whether another goroutine wants something of the loop.
func (p *Proactor) called() bool {
	return !p.mailbox.empty() || p.controls.some.Load() || p.events.head.Load() != nil || p.interrupted.Load()
}

// hasMore reports whether the loop has something to do that nothing tells it of.
func (p *Proactor) hasMore() bool {
	return p.completed.size > 0 || len(p.cancels) > 0 || p.failure != nil && !p.draining
}

// sharer is b if goroutines can stand in for its loop. They cannot where the
// proactor's own clock is that of a testing/synctest bubble.
func sharer(b backend.Backend, epoch time.Time) backend.Sharer {
	if epoch.Year() < bubblesEnd {
		return nil
	}
	s, _ := b.(backend.Sharer)
	return s
}

// bubblesEnd is a year that a bubble's clock, which starts in 2000, does not reach
// and that is past on any other.
const bubblesEnd = 2020

// inOtherTime reports whether the caller is in a testing/synctest bubble: its
// clock is not the loop's, and what it makes would belong to the bubble.
func (p *Proactor) inOtherTime() bool { return p.now() < 0 }

// A company is how many operations end together, lately. Where it is many, the
// goroutines woken submit the next batch: the loop lets them go first. Alone, one
// does best to find the loop waiting, and to stand in for it. What a stand-in
// finds of its own at once does not count: that is one, whoever else there is.
type company struct{ mean float64 }

const (
	companyRounds = 16 // over about so many
	companyMax    = 64 // of one round; so a crowd is forgotten soon
)

// saw takes in how many one round found, if any.
func (a *company) saw(n uint64) {
	if n > 0 {
		a.mean += (float64(min(n, companyMax)) - a.mean) / companyRounds
	}
}

// many reports whether it is five in four rounds or more.
func (a *company) many() bool { return a.mean >= 5./4 }

// saw tells the company how many operations ended together, or were submitted.
func (p *Proactor) saw(n uint64) {
	p.company.saw(n)
	if many := p.company.many(); many != p.crowded.Load() {
		p.crowded.Store(many)
	}
}

// Crowded reports whether Run drives, and operations ended several at a time when it
// last had some to end. It may be called from any goroutine.
func (p *Proactor) Crowded() bool { return p.crowded.Load() }

// goesOn reports whether the loop is to make another round at once. In company it
// does so a few times for nothing: on another processor than those it has woken, it
// is back before they have submitted anything, and each would stand in for a loop
// that waits, with a batch of one.
//
// Meanwhile it gives way to other threads. Without that it would find a little each time
// it looks, and keep its processor for the time that the system grants it, milliseconds,
// while the thread of another loop waits for it with results to hand over.
func (p *Proactor) goesOn(worked bool) bool {
	if worked || p.sharer == nil || !p.company.many() || p.inVain == inVainMax {
		p.inVain = 0
		return worked
	}
	p.inVain++
	p.sharer.GiveWay()
	return true
}

// inVainMax is how many rounds for nothing. More cost what they gain.
const inVainMax = 2

// yield lets those just woken, where they are many, submit their next operation
// into the next batch. The loop keeps the turn: nobody may begin a smaller one.
func (p *Proactor) yield() {
	if !p.recall.wait() && (p.sharer == nil || p.company.many()) {
		runtime.Gosched()
	}
}
