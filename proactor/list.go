package proactor

// A list is a queue of Completions, linked through them so that it needs no
// memory of its own and can lose one from the middle.
type list struct {
	first, last *Completion
	size        int
}

func (l *list) pushBack(c *Completion) {
	c.next, c.prev = nil, l.last
	if l.last == nil {
		l.first = c
	} else {
		l.last.next = c
	}
	l.last = c
	l.size++
}

func (l *list) pushFront(c *Completion) {
	c.next, c.prev = l.first, nil
	if l.first == nil {
		l.last = c
	} else {
		l.first.prev = c
	}
	l.first = c
	l.size++
}

func (l *list) popFront() *Completion {
	c := l.first
	if c != nil {
		l.remove(c)
	}
	return c
}

func (l *list) remove(c *Completion) {
	if c.prev == nil {
		l.first = c.next
	} else {
		c.prev.next = c.next
	}
	if c.next == nil {
		l.last = c.prev
	} else {
		c.next.prev = c.prev
	}
	c.next, c.prev = nil, nil
	l.size--
}
