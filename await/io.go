package await

import (
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// An IO does I/O for any number of goroutines. Default returns the IO that the process shares,
// and Start makes a new one. The methods with the names of functions of this package do on the IO
// what the functions do on that of Default.
//
// The calls on a bare descriptor, such as Recv, park the calling goroutine, not a thread. Their
// context and CloseFD end them. A buffer belongs to the kernel until the call returns, whatever the
// outcome. The descriptor stays the caller's; close it with CloseFD.
//
// If the kernel stops serving a backend that is in use, the calls under way fail with an error
// that is proactor.ErrBackendFailed, and the next call starts another backend.
type IO struct {
	loops *fdcall.Loops
}

// Close ends all calls under way, with an error that is net.ErrClosed, waits for them, and
// releases all kernel objects. It does not close descriptors: close a Conn or a File before or
// afterwards. Later calls fail with the same error, except on the IO of Default, which starts
// again. Close may be called more than once, and by several goroutines. If Close returns an error
// that is proactor.ErrBackendFailed, it says why earlier calls failed.
func (io *IO) Close() error { return io.loops.Close() }

// Backend returns the name of the backend in use, such as "io_uring". It is "" on a closed IO.
func (io *IO) Backend() string {
	e, err := io.loops.First().Engine()
	if err != nil {
		return ""
	}
	return e.Proactor.Backend()
}

// BackendsPassed returns why the backends that are preferred to Backend do not run here; see
// proactor.Proactor.BackendsPassed. It describes the moment when io chose its backend, which it
// keeps. Any goroutine may call it.
func (io *IO) BackendsPassed() error {
	if _, err := io.loops.First().Engine(); err != nil {
		return nil
	}
	return hook.Passed(io.loops.Choice())
}

// Choice returns which backend io runs on and why: what forced it, or which better backends were
// tried and what refused them. It describes the moment when io chose, which is its first use; an
// IO that has not been used chooses now. On a closed IO that never ran it is zero. Any goroutine
// may call it.
func (io *IO) Choice() proactor.Choice {
	if chosen := io.loops.Choice(); chosen.Backend != "" {
		return chosen
	}
	_, _ = io.loops.First().Engine() // without one nothing is chosen
	return io.loops.Choice()
}

// Stats returns the sums over all proactors that io uses or has used; see proactor.Stats. The
// counts never decrease, even when proactors end and start again.
func (io *IO) Stats() proactor.Stats { return io.loops.Stats() }

// ProactorOf returns the proactor for calls on the descriptor fd, to make operations in callback
// style beside them. Operations on fd that are submitted to it, and calls of io, know of each
// other: a close of fd by either ends those of both. For operations on no descriptor, such as
// timeouts and events, fd is -1. Calls of a Conn, Listener, PacketConn or File may be made by any
// proactor of io; only their own Close ends them.
//
// The proactor is closed with io and, if Config.IdleTimeout is set (as with Default), when it has
// been idle for that long.
func (io *IO) ProactorOf(fd int) (*proactor.Proactor, error) {
	e, err := io.loops.Of(fd).Engine()
	if err != nil {
		return nil, err
	}
	return e.Proactor, nil
}
