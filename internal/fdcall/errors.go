package fdcall

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/awaitio/awaitio/internal/mounts"
)

// ErrLeft is the error, to errors.Is, of a call that its caller has left to the kernel.
var ErrLeft = errors.New("left to the kernel, may still happen")

// ErrStuck is the error, to errors.Is, of a call that was refused because its mount does not answer.
var ErrStuck = errors.New("the mount does not answer")

// A LeftError is the error of a call that was left to the kernel. To errors.Is it is both ErrLeft and
// Cause, which is what ended the call.
type LeftError struct{ Cause error }

func (e *LeftError) Error() string { return e.Cause.Error() + " (" + ErrLeft.Error() + ")" }

func (e *LeftError) Unwrap() error { return e.Cause }

func (e *LeftError) Is(target error) bool { return target == ErrLeft }

// Timeout reports whether Cause is a timeout.
func (e *LeftError) Timeout() bool { return isTimeout(e.Cause) }

func (e *LeftError) Temporary() bool { return e.Timeout() }

// A StuckError refuses a call on a mount that does not answer.
type StuckError struct {
	Mount  string        // where it is mounted
	Type   string        // of the file system, such as nfs4
	Source string        // what is mounted, such as server:/export
	Stuck  int           // how many calls are stuck
	Oldest time.Duration // age of the oldest of them
}

func (e *StuckError) Error() string {
	return fmt.Sprintf("%s (%s %s) does not answer: %d calls stuck, the oldest for %s",
		e.Mount, e.Type, e.Source, e.Stuck, e.Oldest.Round(time.Millisecond))
}

// Is makes the error ErrStuck and, because the call would have waited in vain, also
// os.ErrDeadlineExceeded.
func (e *StuckError) Is(target error) bool {
	return target == ErrStuck || target == os.ErrDeadlineExceeded
}

// Timeout is true.
func (e *StuckError) Timeout() bool { return true }

func (e *StuckError) Temporary() bool { return true }

// refusal counts a call that lane refuses, and returns its error. It has an old table read again,
// because the mount may have been replaced.
func (m *mountLanes) refusal(lane *mounts.Lane) error {
	m.refused.Add(1)
	if time.Now().UnixNano()-m.readAt.Load() >= int64(troubledAge) {
		m.refresh()
	}
	at, s := lane.Mount, lane.State()
	return &StuckError{Mount: at.Point, Type: at.Type, Source: at.Source, Stuck: s.Stuck, Oldest: s.Oldest}
}
