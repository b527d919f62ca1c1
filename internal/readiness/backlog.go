//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"time"

	"github.com/awaitio/awaitio/internal/list"
)

// A backlog is connects to unix sockets whose listener has no room: connect(2)
// fails with EAGAIN, and no poller tells when there is room again. They are
// tried from time to time.
type backlog struct {
	list.List[operation]
	next time.Time
}

// backlogInterval is the time between two attempts.
const backlogInterval = 2 * time.Millisecond

func (b *backlog) push(o *operation) {
	if b.First == nil {
		b.next = time.Now().Add(backlogInterval)
	}
	b.PushBack(&o.node, o)
}

// retry attempts the connects that wait, when it is time.
func (b *backlog) retry(e *Engine) {
	if time.Now().Before(b.next) {
		return
	}
	waiting := b.List
	b.List = list.List[operation]{}
	for o := waiting.PopFront(); o != nil; o = waiting.PopFront() {
		o.stage = stageNew
		e.begin(o)
	}
}
