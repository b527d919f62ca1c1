package fdcall

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// noticesPerSecond is how many notices of a kind are delivered a second.
const noticesPerSecond = 10

// notices are waiting to be delivered to Config.OnNotice. A goroutine delivers them while there are
// some.
type notices struct {
	mu      sync.Mutex
	waiting []proactor.Notice
	telling bool // that goroutine runs
	rates   map[proactor.NoticeKind]*noticeRate
}

// A noticeRate bounds the notices of one kind.
type noticeRate struct {
	since      time.Time // beginning of the current second
	count      int       // in it
	suppressed uint64    // since the last notice that was not
}

// allow reports whether one more notice may be delivered, and counts it.
func (r *noticeRate) allow(now time.Time) bool {
	if now.Sub(r.since) >= time.Second {
		r.since, r.count = now, 0
	}
	if r.count == noticesPerSecond {
		return false
	}
	r.count++
	return true
}

// Notify has n delivered to Config.OnNotice, unless too many of its kind were in this second. It does
// not block.
func (s *Loops) Notify(n proactor.Notice) {
	if s.Config.OnNotice == nil {
		return
	}
	n.Time = time.Now()
	n.Backend = s.Choice().Backend
	q := &s.notices
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.rates == nil {
		q.rates = make(map[proactor.NoticeKind]*noticeRate)
	}
	r := q.rates[n.Kind]
	if r == nil {
		r = new(noticeRate)
		q.rates[n.Kind] = r
	}
	if len(q.waiting) >= noticesWaiting || !r.allow(n.Time) {
		r.suppressed++
		return
	}
	n.Suppressed, r.suppressed = r.suppressed, 0
	q.waiting = append(q.waiting, n)
	if !q.telling {
		q.telling = true
		go q.tell(s.Config.OnNotice)
	}
}

// noticesWaiting is how many notices wait at most while OnNotice runs.
const noticesWaiting = 256

// tell delivers the notices that wait.
func (q *notices) tell(to func(proactor.Notice)) {
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.telling = false
			q.mu.Unlock()
			return
		}
		n := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		to(n)
	}
}
