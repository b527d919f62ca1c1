package proactor

import "sync/atomic"

// An Event lets any goroutine make a callback run on the loop. The zero value is
// ready; it must not be copied after first use, and serves one proactor.
//
// Triggers that come before the loop looks count as one. A trigger while no OnTrigger
// waits is kept for the next one.
type Event struct {
	sent     atomic.Bool // on the proactor's stack
	next     *Event
	kept     bool        // the loop's: triggered while nobody listened
	listener *Completion // the loop's
}

// eventStack is where triggered events wait for the loop, each at most once.
type eventStack struct{ head atomic.Pointer[Event] }

func (s *eventStack) push(e *Event) {
	for {
		head := s.head.Load()
		e.next = head
		if s.head.CompareAndSwap(head, e) {
			return
		}
	}
}

// Trigger completes the OnTrigger of e, now or when it comes. Any goroutine may call it. It never
// blocks, and does nothing on a closed proactor.
func (p *Proactor) Trigger(e *Event) {
	if e.sent.CompareAndSwap(false, true) {
		p.events.push(e)
		p.attention.Or(sent)
		p.wake()
	}
}

// triggered delivers e. sent is cleared first: a Trigger from here on counts anew.
func (p *Proactor) triggered(e *Event) {
	e.sent.Store(false)
	if c := e.listener; c != nil {
		p.unlisten(c)
		p.finish(c, 0, nil)
		return
	}
	e.kept = true
}

func (p *Proactor) listen(c *Completion) {
	e := c.details.event
	switch {
	case p.draining:
		p.finish(c, 0, p.endOf(reasonClosed))
	case e.kept:
		e.kept = false
		p.finish(c, 0, nil)
	case e.listener != nil:
		p.finish(c, 0, ErrInUse)
	default:
		e.listener = c
		p.listening.PushBack(&c.node, c)
	}
}

func (p *Proactor) unlisten(c *Completion) {
	c.details.event.listener = nil
	p.listening.Remove(&c.node)
}
