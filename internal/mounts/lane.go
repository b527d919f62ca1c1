package mounts

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/list"
)

// Limits bound the calls of a Lane.
type Limits struct {
	Places     int           // calls in the kernel at once
	Quiet      int           // the same at first, and while none has come back for QuietAfter
	StuckMax   int           // calls are refused from so many stuck ones on
	LostMax    int           // stuck calls that do not count once the mount answers others
	QuietAfter time.Duration // see Quiet
	StuckAfter time.Duration // a call that its caller has left is stuck at this age
	HungAfter  time.Duration // any call on a mount that may hang is stuck at this age
	RetryMin   time.Duration // after so long one call is let through all the same, then
	RetryMax   time.Duration // after twice as long each time, up to this
}

// A Lane admits the calls on one mount. Begin, or Adopt, is followed by End; any goroutine may
// call its methods. It looks at its clock within them, and does nothing by itself.
//
//	         Begin                  a place is free        End
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
	running list.List[Call] // in the kernel, lost ones not counted; oldest first, but for adopted ones
	inLine  list.List[Call]
	lost    list.List[Call]
	left    int // of running, those whose callers have left
	window  int // how many may run by what has come back of late: see places

	answered time.Time     // when a call ended last, or the first of the running ones began
	retry    time.Duration // how long after the last try another is made
	nextTry  time.Time
	trying   *Call

	begun, ended, refused, leftEver uint64
}

// A Call is one call on a mount. The zero Call may begin.
type Call struct {
	// Admitted is told true when a call that is in line has its place, and false when it is
	// refused. It has room for one; the owner makes it before Begin.
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

// NewLane is the lane of m, on the clock now.
func NewLane(m Mount, limits Limits, now func() time.Time) *Lane {
	return &Lane{Mount: m, limits: limits, now: now, window: min(limits.Quiet, limits.Places)}
}

// A Verdict is what becomes of a call that begins.
type Verdict uint8

const (
	Runs    Verdict = iota // End follows
	Waits                  // Admitted is told; GiveUp ends the wait
	Refused                // the mount does not answer; nothing follows
)

// Begin asks for a place for c.
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
	case l.running.Size < l.places(now) && l.inLine.First == nil:
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

// Adopt takes in a call that has been in the kernel since began, whether there is a place or
// not. If more calls that began with it may follow, no other has a place before one of them returns, or QuietAfter has
// passed.
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

// leaveRunning takes c off the calls that run.
func (l *Lane) leaveRunning(c *Call) {
	l.running.Remove(&c.node)
	if c.left {
		l.left--
	}
}

// Leave says that c, which runs, has no caller any more.
func (l *Lane) Leave(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leftEver++
	c.left = true
	if c.state == stateRunning {
		l.left++
	}
}

// GiveUp takes c out of the line. It returns false if c has been admitted or refused
// meanwhile, as Admitted tells.
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

// End says that c has returned from the kernel.
func (l *Lane) End(c *Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	if c.state == stateLost {
		l.lost.Remove(&c.node)
	} else {
		if l.running.Size >= l.window {
			l.window = min(l.window+1, l.limits.Places)
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

// heal forgets the calls that are stuck, as the mount answers others. Beyond LostMax they stay
// what they are.
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

// admit gives places to calls in line.
func (l *Lane) admit(now time.Time) {
	for l.inLine.First != nil && l.running.Size < l.places(now) && !l.refusing(now) {
		c := l.inLine.PopFront()
		c.began = now
		l.run(c, now)
		c.Admitted <- true // has room
	}
}

// refuseLine ends the wait of the calls in line. The mount does not answer.
func (l *Lane) refuseLine() {
	for c := l.inLine.PopFront(); c != nil; c = l.inLine.PopFront() {
		l.refused++
		l.end(c)
		c.Admitted <- false // has room
	}
}

// places is how many calls may run. A mount has few places until it has answered, and one more
// for each answer that comes while all are in use: a burst of calls on a mount that has died since it was
// used last has few threads then. The window of TCP's slow start opens and closes in the same way.
func (l *Lane) places(now time.Time) int {
	if now.Sub(l.answered) >= l.limits.QuietAfter {
		l.window = min(l.limits.Quiet, l.limits.Places)
	}
	return l.window
}

// isLate reports whether calls run, and none has come back for QuietAfter.
func (l *Lane) isLate(now time.Time) bool {
	return l.running.First != nil && now.Sub(l.answered) >= l.limits.QuietAfter
}

func (l *Lane) isStuck(c *Call, now time.Time) bool {
	age := now.Sub(c.began)
	return c.left && age >= l.limits.StuckAfter || l.Mount.Class == MayHang && age >= l.limits.HungAfter
}

// stuck counts the calls that are stuck, and tells the age of the oldest.
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

// refusing reports whether calls fail at once: StuckMax are stuck or, where some of the few places
// have calls that nothing can end, all that there are: no place is free, and none comes back.
func (l *Lane) refusing(now time.Time) bool {
	n, _ := l.stuck(now)
	return n >= l.limits.StuckMax || n > 0 && l.running.Size >= l.limits.Quiet && now.Sub(l.answered) >= l.limits.StuckAfter
}

// mayTry reports whether a call is let through, to see whether the mount answers again. All
// tries that do not come back have places.
func (l *Lane) mayTry(now time.Time) bool {
	if l.nextTry.IsZero() { // it refuses for the first time
		l.retry = l.limits.RetryMin
		l.nextTry = now.Add(l.retry)
	}
	if now.Before(l.nextTry) || l.running.Size >= l.limits.Places {
		return false
	}
	l.retry = min(2*l.retry, l.limits.RetryMax)
	l.nextTry = now.Add(l.retry)
	return true
}
