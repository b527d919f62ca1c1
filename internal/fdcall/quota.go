package fdcall

import (
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/proactor"
)

// A quota bounds how many bytes are lent at once. It is a semaphore whose holders take different
// amounts; calls beyond it wait in line. For calls that take one slot each, see FairLock.
type quota struct {
	max     int64
	used    atomic.Int64
	waiting atomic.Int32 // how many demands are in line

	mu   sync.Mutex
	line list.List[demand]
}

// A demand is a call in line for bytes.
type demand struct {
	bytes int64
	met   chan struct{} // closed when the call has its bytes
	node  list.Node[demand]
}

// tryAcquire takes n bytes if they are free and no call is in line.
func (q *quota) tryAcquire(n int64) bool { return q.waiting.Load() == 0 && q.fit(n) }

// fit takes n bytes if they are free.
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

// acquire waits in line for n bytes and takes them. What ends c, and ending, ends the wait. In a
// testing/synctest bubble it does not wait: a bubble may not wait for goroutines outside it.
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
	own := q.enter(n)
	select {
	case <-own.met:
		return nil
	case <-c.done:
	case <-c.ended[0]:
	case <-ending:
	}
	switch {
	case !q.withdraw(own):
		return nil // met just now; the call itself finds out that it has ended
	case isClosed(ending):
		return proactor.ErrClosed
	}
	return c.cause()
}

// enter puts a demand in line.
func (q *quota) enter(n int64) *demand {
	d := &demand{bytes: n, met: make(chan struct{})}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting.Add(1) // before meet looks: give calls meet only if there is a demand
	q.line.PushBack(&d.node, d)
	q.meet()
	return d
}

// withdraw takes d out of the line. It reports false if d was met.
func (q *quota) withdraw(d *demand) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if isClosed(d.met) {
		return false
	}
	q.line.Remove(&d.node)
	q.waiting.Add(-1)
	q.meet() // the next may need less
	return true
}

// give returns n bytes.
func (q *quota) give(n int64) {
	q.used.Add(-n)
	if q.waiting.Load() > 0 {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.meet()
	}
}

// meet meets the demands at the head of the line while there are bytes. The lock is held.
func (q *quota) meet() {
	for q.line.First != nil && q.fit(q.line.First.Value.bytes) {
		d := q.line.PopFront()
		q.waiting.Add(-1)
		close(d.met)
	}
}
