package await

import (
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// A Config configures an IO. The zero Config is valid.
type Config struct {
	// Backend forces one: "io_uring", "epoll" or "kqueue". Empty means the value of the
	// environment variable PROACTOR_BACKEND and, where that is empty too, the best one
	// that this system can run.
	Backend string

	// Entries is the size of each loop's submission queue, rounded up to a power of two:
	// how many operations enter the kernel with one system call. Default 256, at most
	// 32768. (io_uring)
	Entries int

	// CompletionEntries is the size of each loop's completion queue, rounded up in the
	// same way. Default eight times Entries, at least 4096. Results beyond it wait in the
	// kernel. (io_uring)
	CompletionEntries int

	// MaxInFlight bounds how many operations of each loop the kernel has at once. Others
	// wait in line, except for the one attempt of operations with a timeout of zero.
	// Default 1<<20.
	MaxInFlight int

	// MaxQueued bounds how many operations of each loop wait in line; CloseFD does not
	// count. A call beyond it waits for room. Default 0, no bound.
	MaxQueued int

	// Loops is how many proactors the IO has, each with a loop of its own. At most 1024.
	// A loop does the kernel's work of its callers on one processor at a time. Default
	// one for each processor that Go uses (GOMAXPROCS), 16 at most, and 1 where MaxInFlight,
	// MaxQueued or Workers is set, which are for each loop.
	Loops int

	// Workers bounds, for each loop, how many calls may block a thread at once: operations
	// on files, calls such as syncs that block their caller's thread, and apart from those
	// closes. It bounds calls on paths for all loops together; see also MountWorkers. Others
	// wait in line. On io_uring it also bounds the threads that the kernel has for each thread
	// that submits. Default 64.
	Workers int

	// LinkedTimeouts has the kernel time the calls with a timeout (linked timeouts) where
	// it can, rather than the loop. It is slower: see docs/decisions/timeouts.md. (io_uring)
	LinkedTimeouts bool

	// Spin is how long a call may look for its result before it parks its goroutine, where
	// results have come as fast as that lately. It takes a processor meanwhile, and the end
	// of the call's context is seen only after it. Default 50 µs, and none with
	// GOMAXPROCS=1; at most 1 ms; negative: never. (io_uring; epoll, for receives of TCP connections)
	Spin time.Duration

	// IdleTimeout ends a proactor when nothing was under way for so long; the next call
	// starts another. Less than a millisecond counts as one. Default 0, never.
	IdleTimeout time.Duration

	// OnNotice is told what an operator may want to know: see Notice. It runs on a
	// goroutine of its own, one notice at a time; of each kind 10 a second at most are told, and
	// the rest counted. It may block. It must not close the IO. Default nil, nobody.
	OnNotice func(proactor.Notice)

	// SlowAfter is how long a call on a file, or of a loop, takes before OnNotice is told.
	// The IO is looked at four times as often. Default 1 s, at least 20 ms.
	SlowAfter time.Duration

	// MountWorkers bounds how many calls block a thread at once on one mount that may hang:
	// FUSE, NFS and others that wait for a server or a program. Others wait in line. Default 64;
	// StuckMax until it has answered as many, and while none has come back for 100 ms.
	MountWorkers int

	// StuckMax is how many calls may be stuck on such a mount before calls on it fail at once.
	// Default 16.
	StuckMax int

	// StuckAfter is the age from which a call that its caller has left counts as stuck.
	// Default a second.
	StuckAfter time.Duration

	// LentMax bounds how many bytes of the library's own memory calls on files have at
	// once: see Lending. A device's or a mount's share is a quarter. Calls beyond it wait, and
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
