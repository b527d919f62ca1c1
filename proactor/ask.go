package proactor

import (
	"sync/atomic"
	"time"
)

// An inspection is a function that another goroutine has the loop call between two rounds, because
// only the loop may read its memory. It reaches the loop in the same way as a cancel.
type inspection struct {
	next  *inspection
	look  func() (more bool)
	turns atomic.Uint32 // calls of look so far
	done  chan struct{}
}

// inspections are those that wait for the loop. If one was not answered within answerTime, since is
// when it was sent.
type inspections struct {
	head  atomic.Pointer[inspection]
	since atomic.Int64 // by the proactor's clock; 0: none is late
}

// answerTime is how long ask waits for the loop. A loop that does not answer has been in a callback or
// in the kernel for that long.
const answerTime = 50 * time.Millisecond

// ask has the loop call look, which must be short, once each round until look returns false. It
// reports false if the loop makes no round within answerTime. Then look may still run later, so
// read what it writes only if ask reports true.
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

// answer runs the inspections that wait.
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
