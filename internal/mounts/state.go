package mounts

import "time"

// A State is a look at a Lane.
type State struct {
	Running int // in the kernel, and neither stuck nor lost
	InLine  int
	Stuck   int
	Lost    int
	Late    bool          // none has come back for Limits.QuietAfter
	Refuses bool          // calls fail at once
	Trying  bool          // one was let through all the same, and is not back
	Oldest  time.Duration // age of the oldest stuck call

	Begun, Ended, Refused, Left uint64 // ever: calls that ran or waited; ended in any way; refused; whose callers left
}

// State is l now.
func (l *Lane) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	stuck, oldest := l.stuck(now)
	return State{
		Running: l.running.Size - stuck, InLine: l.inLine.Size, Stuck: stuck, Lost: l.lost.Size, Oldest: oldest,
		Late:    l.isLate(now),
		Refuses: l.refusing(now), Trying: l.trying != nil,
		Begun: l.begun, Ended: l.ended, Refused: l.refused, Left: l.leftEver,
	}
}

// Hangs reports whether nobody should wait for the mount who need not: calls are stuck, or were left
// while none comes back.
func (l *Lane) Hangs() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	stuck, _ := l.stuck(now)
	return stuck > 0 || l.left > 0 && l.isLate(now)
}

// Check refuses the calls in line if the mount has stopped answering meanwhile. The calls in
// line do it now and then, as nobody else may come.
func (l *Lane) Check() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.now(); l.inLine.First != nil && l.refusing(now) {
		l.refuseLine()
	} else {
		l.admit(now)
	}
}

// Troubled reports whether calls are late, stuck, lost or in line.
func (s State) Troubled() bool { return s.Late || s.Stuck+s.Lost+s.InLine > 0 }

// Idle reports whether there are no calls.
func (s State) Idle() bool { return s.Running+s.InLine+s.Stuck+s.Lost == 0 }
