package mounts

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/list"
)

// Limits bound the calls of a Lane.
type Limits struct {
	Slots      int           // calls in the kernel at once, at most
	Quiet      int           // the same at first, and while no call has returned for QuietAfter
	StuckMax   int           // new calls are refused while this many are stuck
	LostMax    int           // stuck calls that no longer count once the mount answers others
	QuietAfter time.Duration // see Quiet
	StuckAfter time.Duration // a call that its caller has left is stuck at this age
	HungAfter  time.Duration // any call on a mount that may hang is stuck at this age
	RetryMin   time.Duration // a mount that refuses calls is tried with one after this time;
	RetryMax   time.Duration // each further try waits twice as long, up to this
}

// A Lane bounds the calls on one mount: each has a slot while it is in the kernel. A call starts with
// Begin or Adopt and finishes with End. Any goroutine may call the methods. A Lane reads its clock
// only inside them: it has no timer of its own.
//
//	         Begin                  a slot is free         End
//	(none) --------> in line -----------------------> running ------> ended
//	  |                 | GiveUp                       |   ^
//	  | Begin           +--> ended                     |   | while many are stuck a
//	  |  refused              Leave, and StuckAfter    v   | call that returns in time
//	  +--> ended                                    stuck -+-> lost ---> ended
type Lane struct {
	Mount  Mount
	limits Limits
	now    func() time.Time

	mu      sync.Mutex
	running list.List[Call] // in the kernel, without the lost ones; oldest first, except for adopted calls
	inLine  list.List[Call]
	lost    list.List[Call]
	left    int // how many of running have no caller any more
	window  int // how many slots are open: see slots

	answered time.Time     // when the last call ended, or the first running one began
	retry    time.Duration // from the last try to the next
	nextTry  time.Time
	trying   *Call // the last try

	begun, ended, refused, leftEver uint64
}

// A Call is one call on a mount. The zero Call is ready for Adopt; Begin needs Admitted.
type Call struct {
	// Admitted receives true when a call in line gets its slot, and false when it is
	// refused. The owner makes the channel, with room for one value.
	Admitted chan bool

	node  list.Node[Call]
	began time.Time
	state state
	left  bool
}

type state uint8

const (
	stateEnded state = iota
	stateInLine
	stateRunning
	stateLost
)

// NewLane returns the lane of m, which reads the time from now.
func NewLane(m Mount, limits Limits, now func() time.Time) *Lane {
	return &Lane{Mount: m, limits: limits, now: now, window: min(limits.Quiet, limits.Slots)}
}

// A Verdict is what becomes of a call that begins.
type Verdict uint8

const (
	Runs    Verdict = iota // it has a slot: call End when it has returned
	Waits                  // in line: receive from Admitted, or call GiveUp
	Refused                // the mount does not answer: call nothing more
)

// Begin asks for a slot for c.
func (l *Lane) Begin(c *Call) Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	c.began = now
	switch {
	case l.refusing(now):
		if !l.mayTry(now) {
			l.refused++
			l.refuseLine()
			return Refused
		}
		l.trying = c
		l.run(c, now)
	case l.running.Size < l.slots(now) && l.inLine.First == nil:
		l.run(c, now)
	default:
		c.state = stateInLine
		l.inLine.PushBack(&c.node, c)
		l.begun++
		return Waits
	}
	l.begun++
	return Runs
}

// Adopt gives a slot to a call that has been in the kernel since began, even if no slot is free.
// more says that further calls may be adopted: then the lane opens no slot until a call returns or
// QuietAfter has passed.
func (l *Lane) Adopt(c *Call, began time.Time, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.began = began
	l.begun++
	l.run(c, began)
	if more {
		l.window = min(l.window, l.running.Size)
	}
}

func (l *Lane) run(c *Call, now time.Time) {
	if l.running.First == nil {
		l.answered = now
	}
	c.state = stateRunning
	l.running.PushBack(&c.node, c)
}

// leaveRunning removes c from the running calls.
func (l *Lane) leaveRunning(c *Call) {
	l.running.Remove(&c.node)
	if c.left {
		l.left--
	}
}

// Leave records that the caller of c has left. c still has its slot.
func (l *Lane) Leave(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leftEver++
	c.left = true
	if c.state == stateRunning {
		l.left++
	}
}

// GiveUp removes c from the line. It returns false if c was admitted or refused in the meantime:
// Admitted has the answer.
func (l *Lane) GiveUp(c *Call) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.state != stateInLine {
		return false
	}
	l.inLine.Remove(&c.node)
	l.end(c)
	return true
}

// End records that c has returned from the kernel, and passes its slot on.
func (l *Lane) End(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if c.state == stateLost {
		l.lost.Remove(&c.node)
	} else {
		if l.running.Size >= l.window {
			l.window = min(l.window+1, l.limits.Slots)
		}
		l.leaveRunning(c)
	}
	l.answered = now
	if c == l.trying {
		l.trying = nil
	}
	if age := now.Sub(c.began); age < l.limits.StuckAfter && !c.left {
		l.heal(now)
	}
	l.end(c)
	l.admit(now)
}

func (l *Lane) end(c *Call) {
	c.state = stateEnded
	l.ended++
}

// heal turns stuck calls into lost ones, because the mount answers others. At most LostMax calls
// are lost; the others stay stuck.
func (l *Lane) heal(now time.Time) {
	l.retry, l.nextTry = 0, time.Time{}
	var next *list.Node[Call]
	for n := l.running.First; n != nil && l.lost.Size < l.limits.LostMax; n = next {
		next = n.Next
		c := n.Value
		if !l.isStuck(c, now) {
			continue
		}
		l.leaveRunning(c)
		c.state = stateLost
		l.lost.PushBack(&c.node, c)
	}
}

// admit gives free slots to calls in line.
func (l *Lane) admit(now time.Time) {
	for l.inLine.First != nil && l.running.Size < l.slots(now) && !l.refusing(now) {
		c := l.inLine.PopFront()
		c.began = now
		l.run(c, now)
		c.Admitted <- true // has room
	}
}

// refuseLine refuses all calls in line, because the mount does not answer.
func (l *Lane) refuseLine() {
	for c := l.inLine.PopFront(); c != nil; c = l.inLine.PopFront() {
		l.refused++
		l.end(c)
		c.Admitted <- false // has room
	}
}

// slots is how many calls may run. It starts at Quiet and grows by one with each call that returns
// while all slots are in use, as the window of TCP's slow start does. It falls back to Quiet when
// no call has returned for QuietAfter. So a burst of calls on a mount that has died since its last
// use blocks few threads.
func (l *Lane) slots(now time.Time) int {
	if now.Sub(l.answered) >= l.limits.QuietAfter {
		l.window = min(l.limits.Quiet, l.limits.Slots)
	}
	return l.window
}

// isLate reports whether calls are running and none has returned for QuietAfter.
func (l *Lane) isLate(now time.Time) bool {
	return l.running.First != nil && now.Sub(l.answered) >= l.limits.QuietAfter
}

func (l *Lane) isStuck(c *Call, now time.Time) bool {
	age := now.Sub(c.began)
	return c.left && age >= l.limits.StuckAfter || l.Mount.Class == MayHang && age >= l.limits.HungAfter
}

// stuck returns how many calls are stuck, and the age of the oldest.
func (l *Lane) stuck(now time.Time) (n int, oldest time.Duration) {
	if l.left == 0 && (l.running.First == nil || now.Sub(l.running.First.Value.began) < l.limits.HungAfter) {
		return 0, 0
	}
	for at := l.running.First; at != nil; at = at.Next {
		if c := at.Value; l.isStuck(c, now) {
			n++
			oldest = max(oldest, now.Sub(c.began))
		}
	}
	return n, oldest
}

// refusing reports whether new calls fail at once. They do if StuckMax calls are stuck. They also do
// if at least one is stuck, all slots of a quiet lane are in use, and no call has returned for
// StuckAfter: some callers cannot leave, and their calls count as stuck only after HungAfter.
func (l *Lane) refusing(now time.Time) bool {
	n, _ := l.stuck(now)
	return n >= l.limits.StuckMax || n > 0 && l.running.Size >= l.limits.Quiet && now.Sub(l.answered) >= l.limits.StuckAfter
}

// mayTry reports whether a lane that refuses calls lets one through, to see whether the mount
// answers again. A try has a slot like any call, so tries that do not return are bounded too.
func (l *Lane) mayTry(now time.Time) bool {
	if l.nextTry.IsZero() { // it refuses for the first time
		l.retry = l.limits.RetryMin
		l.nextTry = now.Add(l.retry)
	}
	if now.Before(l.nextTry) || l.running.Size >= l.limits.Slots {
		return false
	}
	l.retry = min(2*l.retry, l.limits.RetryMax)
	l.nextTry = now.Add(l.retry)
	return true
}
