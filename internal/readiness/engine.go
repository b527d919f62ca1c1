//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

var _ backend.Backend = (*Engine)(nil)

// An Engine is a backend over a Poller.
type Engine struct {
	poller  Poller
	tell    func(fd int, read, write bool) // ready, made once
	workers workers
	closers workers // closes that may block: no other operation that hangs holds them up

	flights []*flight // by token index
	spare   []*flight
	lines   lines
	errands errands
	live    int  // requests taken whose event has not been reaped
	waiting int  // flights in lines
	stirred bool // the poller may have ended a Wait, for an event of what has left its line
	backlog backlog
	events  []outcome
	failure error // of the poller, to be returned by Submit
	broken  bool  // the poller has failed: what waits for it can only be canceled

	attempts atomic.Uint64 // Counters may be read while a worker counts
	closed   bool
}

// New returns an Engine that owns poller and runs up to workersMax operations
// that block at the same time.
func New(poller Poller, workersMax int) *Engine {
	e := &Engine{poller: poller}
	e.tell = e.ready
	e.workers.init(workersMax, poller.Wake)
	e.closers.init(workersMax, poller.Wake)
	return e
}

// Name is the poller's.
func (e *Engine) Name() string { return e.poller.Name() }

// Features are all operations; timing them is left to the proactor.
func (e *Engine) Features() backend.Features { return backend.Features{Ops: backend.AllOps} }

// Counters count attempts and the poller's calls.
func (e *Engine) Counters() backend.Counters {
	return backend.Counters{SystemCalls: e.attempts.Load() + e.poller.SystemCalls()}
}

// Submit starts all of batch: there is always room.
func (e *Engine) Submit(batch []*backend.Request) (int, error) {
	if err := e.failure; err != nil {
		e.failure = nil
		return 0, err
	}
	for _, r := range batch {
		e.start(r)
	}
	return len(batch), nil
}

func (e *Engine) start(r *backend.Request) {
	f := e.board(r)
	if r.Op == backend.OpClose {
		e.startClose(f)
		return
	}
	if blocks(r) {
		f.stage = stageWorker
		e.workers.submit(f)
		return
	}
	if e.othersWait(f) {
		e.wait(f) // behind them; the poller has been asked already
		return
	}
	if !e.attempt(f) {
		e.wait(f)
		switch {
		case f.aside:
			e.send(f)
		case f.stage == stageLine:
			e.arm(r.FD)
		}
	}
}

// startClose closes at once what cannot block, as most sockets: a close waits for
// nothing that it need not wait for.
func (e *Engine) startClose(f *flight) {
	e.poller.Disarm(f.req.FD)
	if l := e.lines.at(f.req.FD); l != nil {
		l.forget()
	}
	if closesAtOnce(f.req.FD) {
		e.finish(f, f.block())
		return
	}
	f.stage = stageCloser
	e.closers.submit(f)
}

// attempt tries f once, and reports whether that was its end.
func (e *Engine) attempt(f *flight) bool {
	e.attempts.Add(1)
	if e.takeLeft(f) {
		e.finish(f, f.done)
		return true
	}
	result, again := f.try()
	if again {
		return false
	}
	e.finish(f, result)
	return true
}

// An outcome is an event on its way to the loop.
type outcome struct {
	event backend.Event
	made  bool // a result is a new descriptor
}

// finish makes f an event.
func (e *Engine) finish(f *flight, result int) {
	e.events = append(e.events, outcome{backend.Event{Token: f.req.Token, Result: result}, f.req.Op.MakesDescriptor()})
	e.flights[f.req.Token.Index()] = nil
	*f = flight{}
	e.spare = append(e.spare, f)
}

// Cancel stops what waits in a line or for a worker. What a worker runs cannot
// be stopped.
func (e *Engine) Cancel(target, answer backend.Token) bool {
	result := 0
	switch f := e.lookup(target); {
	case f == nil:
		result = -int(unix.ENOENT)
	case f.stage == stageCloser, f.stage == stageWorker && !e.workers.recall(f):
		result = -int(unix.EALREADY)
	default:
		if l := e.lines.at(f.req.FD); f.sent && l.writer != nil {
			f.done += len(l.writer.buf) // the kernel has that, and writes it when there is room
		}
		if f.stage == stageLine || f.stage == stageBacklog {
			e.leave(f)
		}
		if f.done > 0 {
			e.finish(f, f.done) // part of the transfer is done
		} else {
			e.finish(f, -int(unix.ECANCELED))
		}
	}
	if answer != backend.TokenNone {
		e.live++
		e.events = append(e.events, outcome{event: backend.Event{Token: answer, Result: result}})
	}
	return true
}

// Reap copies out events.
func (e *Engine) Reap(events []backend.Event) int {
	e.collect()
	n := min(len(events), len(e.events))
	for i := range n {
		events[i] = e.events[i].event
	}
	e.consume(n)
	return n
}

func (e *Engine) consume(n int) {
	rest := copy(e.events, e.events[n:])
	e.events = e.events[:rest]
	e.live -= n
}

// collect takes in what the workers have done and what has become ready.
func (e *Engine) collect() {
	e.finishAll(e.workers.take())
	e.finishAll(e.closers.take())
	e.runErrands()
	e.backlog.retry(e)
	if e.waiting == 0 && !e.stirred {
		return
	}
	e.stirred = false
	if e.broken {
		return
	}
	if err := e.poller.Events(e.tell); err != nil {
		e.failure, e.broken = err, true
	}
}

// finishAll makes events of what workers have done.
func (e *Engine) finishAll(f *flight) {
	for f != nil {
		next := f.next
		f.next = nil
		e.finish(f, f.result)
		f = next
	}
}

// Wait blocks until there may be something to reap.
func (e *Engine) Wait(deadline time.Time) error {
	if len(e.events) > 0 || e.failure != nil || e.workers.finished() || e.closers.finished() || e.errands.any.Load() {
		return nil
	}
	if e.broken {
		time.Sleep(brokenPause)
		return nil
	}
	e.stirred = true // an event that is not collected ends the next Wait too
	err := e.poller.Wait(e.backlog.limit(deadline))
	e.broken = err != nil
	return err
}

// brokenPause is how long a Wait takes without a poller. Only workers are waited for
// then.
const brokenPause = time.Millisecond

// Wake ends a Wait, or the next.
func (e *Engine) Wake() { e.poller.Wake() }

// Close stops what is in flight, waits for the workers, and closes the poller.
func (e *Engine) Close() error {
	if e.closed {
		return nil
	}
	e.closed = true
	for _, f := range e.flights {
		if f != nil {
			e.Cancel(f.req.Token, backend.TokenNone)
		}
	}
	err := e.discardAll()
	e.workers.wait()
	e.closers.wait()
	return errors.Join(err, e.poller.Close())
}

// discardAll waits for what could not be stopped, and closes the descriptors
// that nobody takes.
func (e *Engine) discardAll() error {
	for e.live > 0 {
		e.collect()
		for _, o := range e.events {
			if o.made && o.event.Result >= 0 {
				_ = unix.Close(int(o.event.Result)) // nobody is left to hear of an error
			}
		}
		if e.consume(len(e.events)); e.live == 0 {
			break
		}
		if err := e.Wait(time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
