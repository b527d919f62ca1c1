package await

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Shutdown is Close that waits. It refuses calls from now on, with the error of a closed IO, and
// waits until those under way have ended. If ctx ends first it ends them, as Close does, and waits
// 20 ms more at most.
//
// The error is nil if all calls had ended by themselves, and the end of ctx if it has ended some.
// It is a *LeftError, and ErrLeft, if some did not end: calls that their callers have left to the
// kernel, or transfers that the kernel has their callers' memory for; for these Close goes on
// behind Shutdown.
//
// A call that was accepted and needs another operation, as a read of what is left after a short
// one, is refused that. So end what makes calls first, as with http.Server.Shutdown. Default's IO
// refuses nothing: later calls start it again, and are not waited for.
//
// shutdown(2) of a socket is ShutdownSocket.
func (io *IO) Shutdown(ctx context.Context) error {
	left, cause := io.loops.Shutdown(ctx)
	if len(left.Operations)+len(left.Mounts) == 0 {
		return cause
	}
	return &LeftError{Cause: cause, Operations: left.Operations, Mounts: left.Mounts}
}

// A LeftError is the end of a Shutdown that could not end all calls. To errors.Is it is ErrLeft,
// and Cause.
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
