package fdcall

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
)

// ErrLeft is to errors.Is a call that its caller has left to the kernel.
var ErrLeft = errors.New("left to the kernel, may still happen")

// ErrStuck is to errors.Is a call that was refused, since its mount does not answer.
var ErrStuck = errors.New("the mount does not answer")

// A LeftError is the end of a call that was left to the kernel: what ended it, and ErrLeft.
type LeftError struct{ Cause error }

func (e *LeftError) Error() string { return e.Cause.Error() + " (" + ErrLeft.Error() + ")" }

func (e *LeftError) Unwrap() error { return e.Cause }

func (e *LeftError) Is(target error) bool { return target == ErrLeft }

// Timeout reports whether time was up.
func (e *LeftError) Timeout() bool { return isTimeout(e.Cause) }

func (e *LeftError) Temporary() bool { return e.Timeout() }

// A StuckError refuses a call on a mount that does not answer.
type StuckError struct {
	Mount  string        // where it is mounted
	Type   string        // of the file system, as nfs4
	Source string        // what is mounted, as server:/export
	Stuck  int           // how many calls are stuck
	Oldest time.Duration // for how long the first of them has been under way
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("%s (%s %s) does not answer: %d calls stuck, the oldest for %s",
		e.Mount, e.Type, e.Source, e.Stuck, e.Oldest.Round(time.Millisecond))
}

// Is makes the error ErrStuck and, as it stands for a wait that was cut short,
// os.ErrDeadlineExceeded.
func (e *StuckError) Is(target error) bool {
	return target == ErrStuck || target == os.ErrDeadlineExceeded
}

// Timeout is true.
func (e *StuckError) Timeout() bool { return true }

func (e *StuckError) Temporary() bool { return true }

// refusal counts a call that lane refuses, and is why.
func (m *mountLanes) refusal(lane *mounts.Lane) error {
	m.refused.Add(1)
	if time.Now().UnixNano()-m.readAt.Load() >= int64(troubledAge) {
		m.refresh()
	}
	at, s := lane.Mount, lane.State()
	return &StuckError{Mount: at.Point, Type: at.Type, Source: at.Source, Stuck: s.Stuck, Oldest: s.Oldest}
}
