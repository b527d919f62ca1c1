package mounts

import "time"

// A State is a snapshot of a Lane.
type State struct {
	Running int // calls in the kernel that are neither stuck nor lost
	InLine  int
	Stuck   int
	Lost    int
	Late    bool          // calls are running, and none has returned for Limits.QuietAfter
	Refuses bool          // new calls fail at once
	Trying  bool          // one call was let through all the same, and has not returned
	Oldest  time.Duration // age of the oldest stuck call

	Begun, Ended, Refused, Left uint64 // totals: calls that ran or waited; ended in any way; refused; left by their callers
}

// State returns a snapshot of l.
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

// Hangs reports whether a caller that need not wait for the mount should not: calls are stuck, or
// some were left and none returns.
func (l *Lane) Hangs() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	stuck, _ := l.stuck(now)
	return stuck > 0 || l.left > 0 && l.isLate(now)
}

// Check refuses the calls in line if the mount has stopped answering, and admits what it can
// otherwise. Calls in line call it now and then, because no other call may come.
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
