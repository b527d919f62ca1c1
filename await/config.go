package await

import (
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// A Config configures an IO. The zero Config is valid.
type Config struct {
	// Backend forces a backend: "io_uring", "epoll" or "kqueue". If it is empty, the
	// environment variable PROACTOR_BACKEND decides, and if that is empty too, the best backend
	// that this system can run.
	Backend string

	// Entries is the size of each loop's submission queue, rounded up to a power of two: how
	// many operations enter the kernel with one system call. Default 256, at most 32768.
	// (io_uring)
	Entries int

	// CompletionEntries is the size of each loop's completion queue, rounded up in the
	// same way. Default eight times Entries, at least 4096. Results beyond it wait in the
	// kernel. (io_uring)
	CompletionEntries int

	// MaxInFlight limits how many operations of each loop the kernel has at once. The others
	// queue, except for the one attempt of operations with a timeout of zero. Default 1<<20.
	MaxInFlight int

	// MaxQueued limits how many operations of each loop queue; CloseFD does not count. A call
	// beyond the limit waits for room. Default 0, no limit.
	MaxQueued int

	// Loops is how many proactors the IO has, each with a loop of its own. A loop does the
	// kernel's work for its callers on one processor at a time. The default is one for each
	// processor that Go uses (GOMAXPROCS), at most 16. It is 1 if MaxInFlight, MaxQueued or
	// Workers is set, because those are limits for each loop. At most 1024.
	Loops int

	// Workers limits, for each loop, how many calls may block a thread at once: operations on
	// files, and calls such as syncs that block their caller's thread. Closes have a limit of
	// their own, of the same size. Calls by path have one limit for all loops together; see
	// also MountWorkers. Calls beyond the limit queue. On io_uring Workers also limits the
	// kernel's threads for each thread that submits. Default 64.
	Workers int

	// LinkedTimeouts makes the kernel keep the time for calls with a timeout (linked timeouts)
	// where it can, instead of the loop. It is slower: see docs/decisions/timeouts.md.
	// (io_uring)
	LinkedTimeouts bool

	// Spin is how long a call may poll for its result before it parks its goroutine. A call
	// polls only if recent results came that fast. Polling occupies a processor, and the call
	// notices the end of its context only afterwards. Default 50 µs, but none with
	// GOMAXPROCS=1; at most 1 ms; negative: never. (io_uring; epoll, for receives of TCP
	// connections)
	Spin time.Duration

	// IdleTimeout ends a proactor when nothing has been under way for that long; the next call
	// starts another. Less than a millisecond counts as one. Default 0, never.
	IdleTimeout time.Duration

	// OnNotice is called for events that an operator may want to know: see Notice. It runs on a
	// goroutine of its own, one notice at a time. At most 10 notices of each kind are delivered
	// a second, and the rest are counted. OnNotice may block. It must not close the IO. Default
	// nil.
	OnNotice func(proactor.Notice)

	// SlowAfter is how long a call on a file may take, or a loop may stand still, before OnNotice
	// is called. The IO is checked four times in that time. Default 1 s, at least 20 ms.
	SlowAfter time.Duration

	// MountWorkers limits how many calls block a thread at once on one mount that may hang:
	// FUSE, NFS and others that wait for a server or a program. Calls beyond the limit queue.
	// The limit starts at StuckMax, grows with the mount's answers, and falls back to StuckMax
	// when no call has returned for 100 ms. Default 64.
	MountWorkers int

	// StuckMax is how many calls may be stuck on such a mount before further calls on it fail
	// at once. If as many are under way and none has returned for StuckAfter, one that is stuck is enough.
	// Default 16.
	StuckMax int

	// StuckAfter is the age from which a call that its caller has left counts as stuck. Default
	// 1 s.
	StuckAfter time.Duration

	// LentMax limits how many bytes of the library's own memory calls on files use at once: see
	// Lending. One device or mount may use a quarter of it. Calls beyond the limit wait, and
	// can be ended. Default 64 MiB, at least 1 MiB.
	LentMax int64
}

// Start returns a new IO with proactors of its own, Config.Loops of them. Close it when it is no
// longer needed. With Config.IdleTimeout the proactors end and start again like those of Default.
//
// A proactor.Config, which has the same fields, is accepted too.
func Start[C Config | proactor.Config](config C) (*IO, error) {
	loops := fdcall.NewLoops(proactor.Config(config), false)
	if err := loops.Start(); err != nil {
		return nil, err
	}
	return &IO{loops: loops}, nil
}
