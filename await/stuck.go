package await

import (
	"github.com/awaitio/awaitio/internal/fdcall"
)

// A context's end, a deadline or a close ends every call on paths, and on files of mounts that
// may hang, within 10 ms. The kernel gets 5 ms to answer; otherwise the caller leaves the call
// to it. docs/decisions/mounts.md.

// ErrLeft is to errors.Is a call on a path or a file that its caller has left to the kernel. It
// may still happen; its result is discarded, a descriptor that it opens is closed. What ended
// the call, such as context.Cause, is to errors.Is the same error.
var ErrLeft = fdcall.ErrLeft

// ErrStuck is to errors.Is a call that was refused at once, since too many calls on its mount are
// stuck: see Config.StuckMax. errors.As finds a *StuckError. Now and then one call is let
// through; if it returns, the mount has its calls again.
var ErrStuck = fdcall.ErrStuck

// A StuckError tells which mount does not answer. It is ErrStuck and os.ErrDeadlineExceeded to
// errors.Is, and Timeout is true.
type StuckError = fdcall.StuckError

// A MountState is what is known of a mount that may hang (FUSE, NFS and others that wait for a
// server or a program), and that had calls.
type MountState = fdcall.MountState

// A MountHealth tells in a word whether a mount answers.
type MountHealth = fdcall.MountHealth

// The healths of a mount.
const (
	MountWell     = fdcall.MountWell     // it answers
	MountLate     = fdcall.MountLate     // no call has come back for 100 ms
	MountRefusing = fdcall.MountRefusing // so many calls are stuck that others fail at once: ErrStuck
	MountTrying   = fdcall.MountTrying   // the same, and one call was let through to see
)

// Mounts are the mounts that may hang and that had calls of io, in the order of their places.
// Calls by path are counted there once one of them has been late. It asks no file system,
// and may be called from any goroutine.
func (io *IO) Mounts() []MountState { return io.loops.Mounts() }
