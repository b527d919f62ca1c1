package await

import (
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// An IO does I/O for any number of goroutines. Default gives the process's own,
// Start a new one.
//
// If the kernel refuses to serve a backend that is in use, the calls under way fail
// with an error that is proactor.ErrBackendFailed, and the next call starts another.
type IO struct {
	loops *fdcall.Loops

	opensNone atomic.Bool // the system opens nothing at once: see openCached
}

// idleDefault is how long the default IO keeps its proactor when nothing is
// under way: long enough to serve a busy program from one, and short enough for
// a leak detector at the end of a test to find no goroutine.
const idleDefault = 100 * time.Millisecond

var defaultIO = &IO{loops: fdcall.NewLoops(proactor.Config{IdleTimeout: idleDefault}, true)}

// Default returns the IO that the whole process shares. Its proactors, of which there
// are as many as Config.Loops is by default, start with the first use, end by
// themselves when nothing has been under way for a while (100 ms), and start again
// with the next: nobody has to close it. Where another than the first cannot start,
// the first serves in its place. The error is that of starting the first; see
// proactor.New.
//
// Inside a testing/synctest bubble, use an IO that was started outside it, without an
// IdleTimeout: a proactor that starts in a bubble has the bubble's clock, which stands still
// while the kernel is waited for.
func Default() (*IO, error) {
	if _, err := defaultIO.loops.First().Engine(); err != nil {
		return nil, err
	}
	return defaultIO, nil
}

// Close ends what is under way, with an error that is net.ErrClosed, waits for
// it, and gives back all the kernel's objects. Calls that come later fail
// in the same way; only Default's IO starts again instead. Close may be called more
// than once and from several goroutines. An error that is
// proactor.ErrBackendFailed tells why the calls before it failed.
func (io *IO) Close() error { return io.loops.Close() }

// Backend is the name of the kernel facility in use: "io_uring". It is "" on a
// closed IO.
func (io *IO) Backend() string {
	e, err := io.loops.First().Engine()
	if err != nil {
		return ""
	}
	return e.Proactor.Backend()
}

// BackendsPassed tells why the backends that come before Backend do not run here; see
// proactor.Proactor.BackendsPassed. It tells of the moment when io chose its backend,
// which it keeps. It may be called from any goroutine.
func (io *IO) BackendsPassed() error {
	if _, err := io.loops.First().Engine(); err != nil {
		return nil
	}
	return io.loops.Passed()
}

// Stats are the sums over all proactors that io uses or has used; see
// proactor.Stats. The counts only grow, also where proactors end and start again.
func (io *IO) Stats() proactor.Stats { return io.loops.Stats() }

// ProactorOf is the proactor that carries out the calls on the descriptor fd, for
// operations in callback style beside them. Operations on fd that are submitted to it, and
// calls of io, know of each other: a close of fd by either ends those of both. For
// operations on no descriptor, such as timeouts and events, fd is -1. Any proactor of io may
// make the calls of a Conn, Listener, PacketConn or File; its own Close is what ends them.
//
// It is closed with io, and where Config.IdleTimeout is set (as with Default) when it was
// idle.
func (io *IO) ProactorOf(fd int) (*proactor.Proactor, error) {
	e, err := io.loops.Of(fd).Engine()
	if err != nil {
		return nil, err
	}
	return e.Proactor, nil
}
