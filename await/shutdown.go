package await

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Shutdown closes io gracefully. It refuses new calls, with the error of a closed IO, and waits
// until the calls under way have ended. If ctx ends first, Shutdown ends them, as Close does, and
// waits at most 10 ms more.
//
// The error is nil if all calls ended by themselves, and the error of ctx if ctx ended some. It
// is a *LeftError, which is ErrLeft, if some calls did not end: calls that their callers have
// left to the kernel, or transfers for which the kernel uses their callers' memory. Close
// continues for these in the background.
//
// A call that has begun runs to its end, even if it takes several operations: a dial that tries
// the next address, the rest of a write, a copy, ReadFile, WriteFile, CopyFS. Shutdown refuses
// calls that another package makes one after the other, such as those of io.ReadAll, a
// bufio.Writer or the fs.FS that CopyFS reads. It also refuses a call on a file that waits for its position,
// and the rest of a batch. So first stop the code that makes calls, for example with
// http.Server.Shutdown. The IO of Default refuses nothing: later calls start it again, and
// Shutdown does not wait for them.
//
// For shutdown(2) of a socket, see ShutdownSocket.
func (io *IO) Shutdown(ctx context.Context) error {
	left, cause := io.loops.Shutdown(ctx)
	if len(left.Operations)+len(left.Mounts) == 0 {
		return cause
	}
	return &LeftError{Cause: cause, Operations: left.Operations, Mounts: left.Mounts}
}

// A LeftError is the error of a Shutdown that could not end all calls. With errors.Is it matches
// ErrLeft and Cause.
type LeftError struct {
	Cause      error                // the end of the context, or nil: only what was left before did not end
	Operations []proactor.Operation // what did not end, oldest first
	Mounts     []MountState         // the mounts that do not answer, if it is on such
}

// Error tells how many calls have not ended, and of the oldest.
func (e *LeftError) Error() string {
	var text strings.Builder
	text.WriteString(fmt.Sprintf("%d calls have not ended", len(e.Operations)))
	if len(e.Operations) > 0 {
		first := e.Operations[0]
		text.WriteString(fmt.Sprintf("; the oldest, %s %s, for %s", first.Op, first.Target, time.Since(first.Since).Round(time.Millisecond)))
	}
	for _, m := range e.Mounts {
		text.WriteString(fmt.Sprintf("; %s (%s %s) does not answer", m.Mount, m.Type, m.Source))
	}
	return text.String()
}

// Unwrap is Cause.
func (e *LeftError) Unwrap() error { return e.Cause }

// Is makes e ErrLeft.
func (e *LeftError) Is(target error) bool { return target == fdcall.ErrLeft }
