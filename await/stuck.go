package await

import (
	"github.com/awaitio/awaitio/internal/fdcall"
)

// A context's end, a deadline or a close ends every call on paths, and on files of mounts that
// may hang, within 10 ms. The kernel gets 5 ms to answer; otherwise the caller leaves the call
// to it. docs/decisions/mounts.md.

// ErrLeft is the error, for errors.Is, of a call on a path or a file that its caller has left to
// the kernel. The call may still happen. Its result is discarded, and a descriptor that it opens
// is closed. The same error also matches what ended the call, such as context.Cause.
var ErrLeft = fdcall.ErrLeft

// ErrStuck is the error, for errors.Is, of a call that was refused at once because too many calls
// on its mount are stuck: see Config.StuckMax. errors.As finds a *StuckError. Now and then one
// call is let through. If it returns, calls on the mount are accepted again.
var ErrStuck = fdcall.ErrStuck

// A StuckError says which mount does not answer. With errors.Is it matches ErrStuck and
// os.ErrDeadlineExceeded, and its Timeout returns true. Its fields are Mount, Type and Source, as in
// FSInfo; Stuck, how many calls are stuck; and Oldest, for how long the first of them has been.
type StuckError = fdcall.StuckError

// A MountState describes a mount that may hang (FUSE, NFS and others that wait for a server or a
// program) and that had calls. Mount, Type and Source (strings) are as in FSInfo, and Health is a
// MountHealth. Running, InLine, Stuck and Lost are numbers of calls now: Running ones block a
// thread, those in line wait for their turn, the mount does not answer Stuck ones, and it has not
// answered Lost ones but later calls. Oldest is for how long the first stuck call has been under way.
// Begun, Ended, Refused and Left are counts that only grow.
type MountState = fdcall.MountState

// A MountHealth says whether a mount answers.
type MountHealth = fdcall.MountHealth

// The healths of a mount.
const (
	MountWell     = fdcall.MountWell     // it answers
	MountLate     = fdcall.MountLate     // no call has come back for 100 ms
	MountRefusing = fdcall.MountRefusing // so many calls are stuck that others fail at once: ErrStuck
	MountTrying   = fdcall.MountTrying   // the same, and one call was let through to see
)

// Mounts returns the mounts that may hang and that io has made calls on, sorted by mount point. A
// call by path counts there once a call on that mount has been late. Mounts makes no request to a
// file system. Any goroutine may call it.
func (io *IO) Mounts() []MountState { return io.loops.Mounts() }
