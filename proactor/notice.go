package proactor

import (
	"fmt"
	"time"

	"github.com/awaitio/awaitio/internal/words"
)

// A Notice reports an event in an IO of package await: see Config.OnNotice.
type Notice struct {
	Kind    NoticeKind
	Time    time.Time
	Loop    int    // number of the loop in its IO
	Backend string // of the IO: "io_uring"

	Operation  Operation     // the slow call of NoticeSlow and NoticeSlowEnded
	Took       time.Duration // how long the call has taken, or the loop has stood still
	Phase      string        // NoticeStalled: the phase of the loop, see LoopState
	Stacks     string        // NoticeStalled: the stacks of all goroutines, at most once a minute, else ""
	Err        error         // NoticeFellBack: why; NoticeEnded: what failed, or nil
	Suppressed uint64        // notices of this kind that were not delivered since the last one
}

// A NoticeKind is what a Notice is about.
type NoticeKind string

const (
	NoticeStarted   NoticeKind = "loop started"   // a loop has begun
	NoticeEnded     NoticeKind = "loop ended"     // a loop has ended: closed, idle, or failed
	NoticeFellBack  NoticeKind = "fell back"      // a backend runs that is not the best one, and nobody asked for it
	NoticeSlow      NoticeKind = "slow operation" // a call on a file has taken Config.SlowAfter, and goes on
	NoticeSlowEnded NoticeKind = "slow ended"     // that call has ended
	NoticeStalled   NoticeKind = "loop stalled"   // a loop has not answered for Config.SlowAfter
	NoticeGoesOn    NoticeKind = "loop goes on"   // it answers again
)

// String is one line, such as "slow operation: read /data/x for 2.5s (io_uring, loop 0)".
func (n Notice) String() string {
	s := string(n.Kind)
	switch n.Kind {
	case NoticeSlow, NoticeSlowEnded:
		s += fmt.Sprintf(": %s %s for %v", n.Operation.Op, words.Printable(n.Operation.Target), n.Took.Round(time.Millisecond))
		if n.Operation.Label != "" {
			s += " [" + words.Printable(n.Operation.Label) + "]"
		}
	case NoticeStalled:
		s += fmt.Sprintf(": in %s for %v", n.Phase, n.Took.Round(time.Millisecond))
	case NoticeGoesOn:
		s += fmt.Sprintf(" after %v", n.Took.Round(time.Millisecond))
	}
	if n.Err != nil {
		s += ": " + n.Err.Error()
	}
	return fmt.Sprintf("%s (%s, loop %d)", s, n.Backend, n.Loop)
}
