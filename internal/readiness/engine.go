//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/workers"
)

var _ backend.Leaver = (*Engine)(nil)

// An Engine is a backend over a Poller.
type Engine struct {
	poller  Poller
	edges   bool                           // connections are watched
	tell    func(fd int, read, write bool) // ready, made once
	workers *workers.Pool

	operations  []*operation // by token index
	free        []*operation
	lines       lines
	errands     errands
	leftovers   bool // a line has data that an errand read for a cancelled read
	live        int  // requests accepted whose event has not been reaped
	waiting     int  // operations in lines
	receivers   edge.Counts
	woken       uint64 // how many receivers events of the poller have woken
	watches     bool   // a connection was registered, edge-triggered
	staleEvents bool   // the poller may have ended a Wait for an operation that no longer waits
	backlog     backlog
	events      []outcome
	failure     error // of the poller, for Submit to return
	broken      bool  // the poller has failed: operations that wait can only be canceled

	attempts atomic.Uint64 // Counters may be read while a worker counts
	closed   bool
}

// New returns an Engine that owns poller and runs up to workersMax operations
// that block at the same time.
func New(poller Poller, workersMax int) *Engine {
	e := &Engine{poller: poller, workers: workers.New(workersMax, poller.Wake), edges: !ablate.Off().Has(ablate.Edges)}
	e.tell = e.ready
	return e
}

// Name is the poller's.
func (e *Engine) Name() string { return e.poller.Name() }

// Features are all operations. The proactor keeps the time.
func (e *Engine) Features() backend.Features { return backend.Features{Ops: backend.AllOps} }

// Counters count the attempts and the poller's system calls.
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
	switch o := e.allocate(r); {
	case r.Op == backend.OpClose:
		e.startClose(o)
	case blocks(r):
		e.work(o)
	case e.othersWait(o):
		e.join(o) // behind them; the poller is armed already
	default:
		e.begin(o)
	}
}

// begin attempts o at once; if that would block, o waits for its descriptor.
func (e *Engine) begin(o *operation) {
	if e.edges {
		e.register(o)
		if o.req.Op == backend.OpNop && o.req.Conn != nil {
			e.watch(o.req.FD, e.lines.make(o.req.FD), false)
		}
	}
	if e.attempt(o) {
		return
	}
	e.join(o)
	if o.phase == phaseErrandDue {
		e.startErrand(o)
	} else if o.stage == stageLine {
		e.arm(o.req.FD)
	}
}

// startClose closes a descriptor at once if its close cannot block, as of most sockets. Otherwise
// a worker does.
func (e *Engine) startClose(o *operation) {
	e.poller.Disarm(o.req.FD)
	if l := e.lines.at(o.req.FD); l != nil {
		l.registered.end()
		l.forget()
	}
	if closesAtOnce(o.req.FD) {
		e.finish(o, workers.Perform(o.req))
		return
	}
	e.work(o)
}

// work gives o to the workers.
func (e *Engine) work(o *operation) {
	o.stage, o.job.Req = stageWorker, o.req
	e.workers.Submit(&o.job)
}

// attempt tries o once, and reports whether o has ended.
func (e *Engine) attempt(o *operation) bool {
	e.attempts.Add(1)
	if e.leftovers && e.takeLeft(o) {
		e.finish(o, o.done)
		return true
	}
	result, wait := o.try()
	if !wait {
		e.finish(o, result)
	}
	return !wait
}

// An outcome is an event on its way to the loop.
type outcome struct {
	event backend.Event
	made  bool // a result of 0 or more is a new descriptor
}

// finish ends o, wherever it waits, with an event.
func (e *Engine) finish(o *operation, result int) {
	switch o.stage {
	case stageBacklog:
		e.backlog.Remove(&o.node)
	case stageLine:
		e.waiting--
		e.lines.at(o.req.FD).of(o).Remove(&o.node)
	}
	e.events = append(e.events, outcome{backend.Event{Token: o.req.Token, Result: result}, backend.DescriptorOps&(1<<o.req.Op) != 0})
	e.operations[o.req.Token.Index] = nil
	*o = operation{}
	e.free = append(e.free, o)
}

// Cancel stops an operation that waits in a line or for a worker. It cannot stop one that a
// worker runs.
func (e *Engine) Cancel(target, answer backend.Token) bool {
	result := 0
	switch o := e.lookup(target); {
	case o == nil:
		result = -int(unix.ENOENT)
	case o.stage == stageWorker && !e.workers.Withdraw(&o.job):
		result = -int(unix.EALREADY)
	default:
		if l := e.lines.at(o.req.FD); o.phase == phaseErrandWrites && l.writer != nil {
			o.done += len(l.writer.buf) // counts as written: the errand writes it when there is room
		}
		if o.done > 0 {
			e.finish(o, o.done) // part of the transfer is done
		} else {
			e.finish(o, -int(unix.ECANCELED))
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

// collect handles the results of workers and errands, and the events of the poller.
func (e *Engine) collect() {
	if e.workers.Done.Load() {
		done := e.workers.PopAll()
		for j := done.PopFront(); j != nil; j = done.PopFront() {
			e.finish(e.operations[j.Req.Token.Index], j.Result)
		}
	}
	if e.errands.any.Load() {
		e.runErrands()
	}
	if e.backlog.First != nil {
		e.backlog.retry(e)
	}
	if e.waiting == 0 && !e.watches && !e.staleEvents {
		return
	}
	e.staleEvents = false
	if e.broken {
		return
	}
	if err := e.poller.Events(e.tell); err != nil {
		e.failure, e.broken = err, true
		e.endRegistrations()
	}
}

// Wait blocks until there may be something to reap.
func (e *Engine) Wait(deadline time.Time) error {
	if len(e.events) > 0 || e.failure != nil || e.workers.Done.Load() || e.errands.any.Load() {
		return nil
	}
	if e.broken {
		time.Sleep(brokenPause)
		return nil
	}
	e.staleEvents = true // until the event is collected, it would end the next Wait too
	if e.backlog.First != nil {
		deadline = backend.Earlier(deadline, e.backlog.next)
	}
	err := e.poller.Wait(deadline)
	if e.broken = err != nil; e.broken {
		e.endRegistrations()
	}
	return err
}

// brokenPause is how long a Wait takes after the poller has failed, when only workers still run.
const brokenPause = time.Millisecond

// Wake ends a Wait, or the next.
func (e *Engine) Wake() { e.poller.Wake() }

// Close stops what is in flight, waits for the workers, and closes the poller.
func (e *Engine) Close() error {
	if e.closed {
		return nil
	}
	e.closed = true
	e.endRegistrations()
	for _, o := range e.operations {
		if o != nil {
			e.Cancel(o.req.Token, backend.TokenNone)
		}
	}
	err := e.discardAll()
	e.workers.Wait()
	return errors.Join(err, e.poller.Close())
}

// Leave gives up an operation that a worker has. It reports false for any other, which can be
// stopped at once.
func (e *Engine) Leave(t backend.Token) bool {
	o := e.lookup(t)
	if o == nil || o.stage != stageWorker || !e.workers.Leave(&o.job) {
		return false
	}
	e.operations[t.Index] = nil // the worker keeps o
	e.live--
	return true
}

// discardAll waits for operations that could not be stopped, and closes the descriptors that they
// make.
func (e *Engine) discardAll() error {
	for e.live > 0 {
		e.collect()
		for _, out := range e.events {
			if out.made && out.event.Result >= 0 {
				_ = unix.Close(int(out.event.Result)) // nobody is left to return an error to
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

// Levels returns how many workers run, how many operations wait for one, and the most that have run
// at once.
func (e *Engine) Levels() (running, inLine, most int) { return e.workers.Levels() }
