package proactor

import "sync/atomic"

// A mailbox takes submissions from any goroutine to the loop without a lock.
// It is a stack; the loop pops all of it at once and reverses the order.
type mailbox struct {
	head atomic.Pointer[Completion]
}

// shut is the head of a closed mailbox.
var shut Completion

// push adds c, and reports false if the mailbox is closed.
func (m *mailbox) push(c *Completion) bool {
	for {
		head := m.head.Load()
		if head == &shut {
			return false
		}
		c.next = head
		if m.head.CompareAndSwap(head, c) {
			return true
		}
	}
}

// empty reports whether nothing is in the mailbox, open or closed.
func (m *mailbox) empty() bool {
	head := m.head.Load()
	return head == nil || head == &shut
}

// popAll empties the mailbox, and closes it if it is to take no more. It returns the
// Completion that was pushed first; next links the others in the order they were pushed.
func (m *mailbox) popAll(noMore bool) (first *Completion) {
	c := m.head.Load()
	switch {
	case noMore:
		c = m.head.Swap(&shut)
	case c != nil && c != &shut:
		c = m.head.Swap(nil) // the loop alone closes it, so it is open still
	}
	if c == &shut {
		return nil
	}
	for c != nil {
		c.next, first, c = first, c, c.next
	}
	return first
}

// closeIfEmpty closes the mailbox unless something is in it.
func (m *mailbox) closeIfEmpty() bool { return m.head.CompareAndSwap(nil, &shut) }
