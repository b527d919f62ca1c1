package fdcall

import (
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/proactor"
)

// A quota bounds how many bytes are lent at once. Calls beyond it wait in line.
type quota struct {
	max     int64
	used    atomic.Int64
	waiting atomic.Int32 // how many are in line

	mu   sync.Mutex
	line list.List[demand]
}

// A demand is a call in line.
type demand struct {
	bytes int64
	met   chan struct{} // closed when it has its bytes
	node  list.Node[demand]
}

// tryAcquire takes n bytes if nobody has to wait for them.
func (q *quota) tryAcquire(n int64) bool { return q.waiting.Load() == 0 && q.fit(n) }

// fit takes n bytes if there are as many.
func (q *quota) fit(n int64) bool {
	for {
		used := q.used.Load()
		if used+n > q.max {
			return false
		}
		if q.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// acquire takes n bytes, when there are as many and it is c's turn. What ends c, and ending, ends
// the wait. In a bubble there is no wait: what the bubble waits on is its own.
func (q *quota) acquire(c *QueuedCall, n int64, ending <-chan struct{}) error {
	switch {
	case q.tryAcquire(n):
		return nil
	case c.On[0].Loop.Loops.inBubble():
		q.used.Add(n)
		return nil
	}
	if err := c.enter(); err != nil {
		return err
	}
	defer c.leave()
	a := q.enter(n)
	select {
	case <-a.met:
		return nil
	case <-c.Ctx.Done():
	case <-c.ended[0]:
	case <-ending:
	}
	switch {
	case !q.withdraw(a):
		return nil // met just now; the call finds its end by itself
	case isClosed(ending):
		return proactor.ErrClosed
	}
	return c.cause()
}

// enter puts a demand in line.
func (q *quota) enter(n int64) *demand {
	a := &demand{bytes: n, met: make(chan struct{})}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting.Add(1) // first: give looks at it
	q.line.PushBack(&a.node, a)
	q.meet()
	return a
}

// withdraw takes a out of the line. It reports false if it was met.
func (q *quota) withdraw(a *demand) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if isClosed(a.met) {
		return false
	}
	q.line.Remove(&a.node)
	q.waiting.Add(-1)
	q.meet() // the next may need less
	return true
}

// give gives n bytes back.
func (q *quota) give(n int64) {
	q.used.Add(-n)
	if q.waiting.Load() > 0 {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.meet()
	}
}

// meet meets the demands that come first as far as there are bytes. The lock is held.
func (q *quota) meet() {
	for q.line.First != nil && q.fit(q.line.First.Value.bytes) {
		a := q.line.PopFront()
		q.waiting.Add(-1)
		close(a.met)
	}
}
