package fdcall

import "time"

const (
	// lateAfter is when a call is late.
	lateAfter = 100 * time.Millisecond

	// suspectAfter is when a call by path is treated as late if others wait for a common slot like
	// its own. It is many times what a disk takes.
	suspectAfter = 10 * time.Millisecond
)

// A lateness is how late a leavableCall is whose caller waits. Its timer fires when the call gets to
// the next stage and, if the state of the mount may end the call, every lateAfter from then on.
type lateness struct {
	timer *time.Timer
	stage lateStage
}

type lateStage uint8

const (
	stageOnTime  lateStage = iota // until suspectAfter
	stageSuspect                  // until lateAfter
	stageLate
)

func newLateness() lateness { return lateness{timer: time.NewTimer(suspectAfter)} }

// growLate is called when the timer of age has fired. It looks for the lane of a call by path, and
// returns why the state of the mount ends the call, or nil.
func (c *leavableCall) growLate(age *lateness, e ends) (cause error) {
	switch age.stage {
	case stageOnTime:
		age.stage = stageSuspect
		age.timer.Reset(lateAfter - suspectAfter)
		if e.hangs == nil && c.loops.paths.isFull() {
			go c.findLane()
		}
		return nil
	case stageSuspect:
		age.stage = stageLate
		c.loops.lanes.late.Add(1)
	}
	if e.hangs == nil {
		go c.findLane()
		return nil
	}
	age.timer.Reset(lateAfter)
	return e.byState()
}
