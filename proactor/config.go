package proactor

import (
	"errors"
	"fmt"
	"time"
)

// A Config sets up a Proactor. The zero Config works.
type Config struct {
	// Backend forces one: "io_uring" or "epoll". Empty means the value of the environment
	// variable PROACTOR_BACKEND and, where that is empty too, the best one that
	// this system can run.
	Backend string

	// Entries is the size of the submission queue, rounded up to a power of
	// two; how many operations enter the kernel with one system call. Default
	// 256, at most 32768. (io_uring)
	Entries int

	// CompletionEntries is the size of the completion queue, rounded up in the same way.
	// Default eight times Entries, at least 4096. What does not fit waits in
	// the kernel. (io_uring)
	CompletionEntries int

	// MaxInFlight bounds how many operations the kernel has at once; the others
	// wait in line, except for the one attempt of operations with a timeout of zero.
	// Default 1<<20.
	MaxInFlight int

	// MaxQueued bounds how many submissions may wait in line; CloseFD and NextTick
	// do not count. Beyond it,
	// submitting is refused with ErrQueueFull, and WaitForRoom waits. Default 0,
	// no bound but the number of Completions.
	MaxQueued int

	// Loops is await.Config's: a Proactor is one loop. At most 1024.
	Loops int

	// Workers bounds how many operations on files may block a thread at once, and how
	// many closes. The others wait in line. On io_uring it also bounds the threads that
	// the kernel has for each thread that submits. With package await it also bounds
	// the calls that block their caller's thread, such as syncs of files. Default 64.
	Workers int

	// LinkedTimeouts has the kernel time the operations with a timeout (linked
	// timeouts) where it can, rather than the proactor. It is slower: see
	// docs/decisions/timeouts.md. (io_uring)
	LinkedTimeouts bool

	// Spin is how long a blocking call may look for its result before it parks its
	// goroutine, where results have come as fast as that lately. It takes a
	// processor meanwhile, and the end of the call's context is seen only after it.
	// Default 50 µs, and none with GOMAXPROCS=1; at most 1 ms; negative: never.
	// (io_uring; epoll, for receives of TCP connections)
	Spin time.Duration

	// IdleTimeout closes the proactor when nothing was under way for so long
	// while Run drives it; event listeners do not count. Default 0, never.
	IdleTimeout time.Duration

	// OnNotice is await.Config's: a Proactor by itself tells nobody. It is told what an
	// operator may want to know: see Notice. It runs on a goroutine of its own, one notice at a
	// time; of each kind 10 a second at most are told, and the rest counted. It may block. It
	// must not close the IO. Default nil, nobody.
	OnNotice func(Notice)

	// SlowAfter is how long a call on a file, or of a loop, takes before OnNotice is told.
	// The IO is looked at four times as often. Default 1 s, at least 20 ms.
	SlowAfter time.Duration

	// MountWorkers bounds how many calls block a thread at once on one mount that may hang:
	// FUSE, NFS and others that wait for a server or a program. Others wait in line. Default 64;
	// StuckMax until it has answered as many, and while none has come back for 100 ms. (package await)
	MountWorkers int

	// StuckMax is how many calls may be stuck on such a mount before calls on it fail at once.
	// Default 16. (package await)
	StuckMax int

	// StuckAfter is the age from which a call that its caller has left counts as stuck.
	// Default a second. (package await)
	StuckAfter time.Duration

	// LentMax bounds how many bytes of the library's own memory calls on files have at
	// once: see await.Lending. A device's or a mount's share is a quarter. Calls beyond it wait, and
	// can be ended. Default 64 MiB, at least 1 MiB. (package await)
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
	if c.LentMax < 0 {
		return c, errors.New("proactor: Config.LentMax is negative")
	}
	if c.StuckAfter < 0 {
		return c, errors.New("proactor: Config.StuckAfter is negative")
	}
	if c.IdleTimeout < 0 {
		return c, errors.New("proactor: Config.IdleTimeout is negative")
	}
	if c.SlowAfter < 0 {
		return c, errors.New("proactor: Config.SlowAfter is negative")
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
