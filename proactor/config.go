package proactor

import (
	"fmt"
	"time"
)

// A Config configures a Proactor. The zero Config is valid.
type Config struct {
	// Backend forces a backend: "io_uring", "epoll" or "kqueue". If it is empty, the
	// environment variable PROACTOR_BACKEND decides, and if that is empty too, the best backend
	// that this system can run.
	Backend string

	// Entries is the size of the submission queue, rounded up to a power of two: one system call
	// submits at most that many operations. Default 256, at most 32768. (io_uring)
	Entries int

	// CompletionEntries is the size of the completion queue, rounded up in the same way.
	// Default eight times Entries, at least 4096. Results beyond it wait in the kernel.
	// Both queues are smaller if the kernel has no memory for them in one piece. (io_uring)
	CompletionEntries int

	// MaxInFlight limits how many operations the kernel has at once. The others queue, except
	// for the one attempt of operations with a timeout of zero. Default 1<<20.
	MaxInFlight int

	// MaxQueued limits how many submissions may queue; CloseFD and NextTick do not count.
	// Beyond the limit, submitting fails with ErrQueueFull, and WaitForRoom waits. Default 0,
	// no limit but the number of Completions.
	MaxQueued int

	// Loops is how many loops an IO of package await has: see await.Config. A Proactor is one
	// loop. At most 1024.
	Loops int

	// Workers limits how many operations on files may block a thread at once, and how many
	// closes. The others queue. On io_uring it also limits the kernel's threads for each thread
	// that submits. With package await it also limits the calls that block their caller's
	// thread, such as syncs of files. Default 64.
	Workers int

	// LinkedTimeouts makes the kernel keep the time for operations with a timeout (linked
	// timeouts) where it can, instead of the proactor. It is slower: see
	// docs/decisions/timeouts.md. (io_uring)
	LinkedTimeouts bool

	// Spin is how long a blocking call may poll for its result before it parks its goroutine. A call
	// polls only if recent results came that fast. Polling occupies a processor, and the call
	// notices the end of its context only afterwards. Default 50 µs, but 0 with
	// GOMAXPROCS=1; at most 1 ms; negative: never. (io_uring; epoll, for receives of TCP
	// connections)
	Spin time.Duration

	// IdleTimeout closes the proactor when nothing has been under way for that long while Run
	// drives it; event listeners do not count. Default 0, never.
	IdleTimeout time.Duration

	// OnNotice is called for events that an operator may want to know: see Notice. It runs on a
	// goroutine of its own, one notice at a time. At most 10 notices of each kind are delivered a
	// second, and the rest are counted. OnNotice may block. It must not close the IO. Default
	// nil. (package await)
	OnNotice func(Notice)

	// SlowAfter is how long a call on a file may take, or a loop may stand still, before OnNotice
	// is called. The IO is checked four times in that time. Default 1 s, at least 20 ms.
	SlowAfter time.Duration

	// MountWorkers limits how many calls block a thread at once on one mount that may hang:
	// FUSE, NFS and others that wait for a server or a program. Calls beyond the limit queue.
	// The limit starts at StuckMax, grows with the mount's answers, and falls back to StuckMax
	// when no call has returned for 100 ms. Default 64. (package await)
	MountWorkers int

	// StuckMax is how many calls may be stuck on such a mount before further calls on it fail at
	// once. One stuck call is enough if StuckMax calls are under way and none has returned for
	// StuckAfter. Default 16. (package await)
	StuckMax int

	// StuckAfter is the age from which a call that its caller has left counts as stuck. Default
	// 1 s. (package await)
	StuckAfter time.Duration

	// LentMax limits how many bytes of the library's own memory calls on files use at once: see
	// await.Lending. One device or mount may use a quarter of it. Calls beyond the limit wait,
	// and can be ended. Default 64 MiB, at least 1 MiB. (package await)
	LentMax int64
}

const (
	entriesMax         = 1 << 15
	maxInFlightDefault = 1 << 20
	workersDefault     = 64
	workersMax         = 8192 // the runtime gives up at 10,000 threads
)

// withDefaults fills in defaults and refuses what makes no sense.
func (c Config) withDefaults() (Config, error) {
	for _, f := range []struct {
		name string
		n    int
		max  int
	}{
		{"Entries", c.Entries, entriesMax},
		{"CompletionEntries", c.CompletionEntries, 2 * entriesMax},
		{"MaxInFlight", c.MaxInFlight, 1 << 30},
		{"MaxQueued", c.MaxQueued, 1 << 30},
		{"Loops", c.Loops, 1024},
		{"Workers", c.Workers, workersMax},
		{"MountWorkers", c.MountWorkers, workersMax},
		{"StuckMax", c.StuckMax, 1 << 30},
	} {
		if f.n < 0 || f.n > f.max {
			return c, fmt.Errorf("proactor: Config.%s is %d: want 0 to %d", f.name, f.n, f.max)
		}
	}
	for _, f := range []struct {
		name string
		n    int64
	}{
		{"LentMax", c.LentMax},
		{"StuckAfter", int64(c.StuckAfter)},
		{"IdleTimeout", int64(c.IdleTimeout)},
		{"SlowAfter", int64(c.SlowAfter)},
	} {
		if f.n < 0 {
			return c, fmt.Errorf("proactor: Config.%s is negative", f.name)
		}
	}
	if c.Spin > spinLimit {
		return c, fmt.Errorf("proactor: Config.Spin is %v: want at most %v", c.Spin, spinLimit)
	}
	if c.Spin == 0 {
		c.Spin = spinDefault()
	}
	if c.MaxInFlight == 0 {
		c.MaxInFlight = maxInFlightDefault
	}
	if c.Workers == 0 {
		c.Workers = workersDefault
	}
	return c, nil
}
