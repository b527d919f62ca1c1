package proactor

import (
	"sync/atomic"
	"time"
)

// An inspection is something that another goroutine has the loop look up between two rounds:
// only the loop may touch its memory. It is asked for as a cancel is.
type inspection struct {
	next  *inspection
	look  func() (more bool)
	turns atomic.Uint32 // so far
	done  chan struct{}
}

// inspections wait for the loop; since is when it got the first that it has not answered.
type inspections struct {
	head  atomic.Pointer[inspection]
	since atomic.Int64 // the proactor's clock; 0: nothing is owed for longer than answerTime
}

// answerTime is how long a loop is waited for. One that does not answer is in a callback or
// in the kernel for so long.
const answerTime = 50 * time.Millisecond

// ask has the loop run look, which must be short, once each round until it returns false, and
// reports whether it has. Where the loop does not make a round within answerTime look may run later
// all the same, so what it writes to is only to be read if ask reports true.
func (p *Proactor) ask(look func() (more bool)) bool {
	i := &inspection{look: look, done: make(chan struct{})}
	asked := max(p.now(), 1)
	p.watch.asked.push(i)
	p.attention.Or(sent)
	p.wake()
	timer := time.NewTimer(answerTime)
	defer timer.Stop()
	for turns := uint32(0); ; {
		select {
		case <-i.done:
			return true
		case <-p.closed:
			for look() { // nobody else touches anything any more
			}
			return true
		case <-timer.C:
		}
		now := i.turns.Load()
		if now == turns {
			p.watch.asked.since.CompareAndSwap(0, asked)
			return false
		}
		turns = now
		timer.Reset(answerTime)
	}
}

func (a *inspections) push(i *inspection) {
	for {
		i.next = a.head.Load()
		if a.head.CompareAndSwap(i.next, i) {
			return
		}
	}
}

// answer runs what was asked for.
func (p *Proactor) answer() {
	a := &p.watch.asked
	for i := a.head.Swap(nil); i != nil; {
		next := i.next
		i.turns.Add(1)
		if i.look() {
			a.push(i)
			p.attention.Or(sent) // so that there is another round
		} else {
			close(i.done)
		}
		i = next
	}
	if a.since.Load() != 0 {
		a.since.Store(0)
	}
}
