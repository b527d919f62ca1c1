package await

import (
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// An IO does I/O for any number of goroutines. Default gives the process's own,
// Start a new one.
//
// If the kernel refuses to serve a backend that is in use, the calls under way fail
// with an error that is proactor.ErrBackendFailed, and the next call starts another.
type IO struct {
	loops *fdcall.Loops
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
	return hook.Passed(io.loops.Choice())
}

// Choice tells which backend io runs on and why: who forced it, or which better ones were
// tried and what refused them. It tells of the moment when io chose, which is its first use;
// an IO that has not been used chooses now. On a closed IO that never ran it is zero. It
// may be called from any goroutine.
func (io *IO) Choice() proactor.Choice {
	if chosen := io.loops.Choice(); chosen.Backend != "" {
		return chosen
	}
	_, _ = io.loops.First().Engine() // without one nothing is chosen
	return io.loops.Choice()
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
