//go:build unix

package sim

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/awaitio/awaitio/internal/backend"
)

// A Backend serves the seam's contract in a World.
type Backend struct {
	w       *World
	boot    *Boot
	flights map[backend.Token]*flight // taken, and not reaped
	ready   []*flight                 // their events can be reaped
	cancels []cancel                  // for the next Submit
	parked  []*flight                 // taken while the host is paused, and not begun

	waiting bool          // a goroutine is in Wait, and takes nudges
	woken   bool          // Wake was called
	nudges  chan struct{} // one is enough
	end     *entry        // of Wait's deadline

	calls  atomic.Uint64
	closed bool
	failed bool // the program was told that the boot has ended
}

type cancel struct{ target, answer backend.Token }

var _ backend.Leaver = (*Backend)(nil)

var errClosed = errors.New("sim: backend is closed")

// Backend makes a backend of the default host. There may be several, as there may be several rings
// on a machine.
func (w *World) Backend() *Backend {
	w.enter()
	defer w.leave()
	return w.here().newBackend()
}

// Name is "sim".
func (b *Backend) Name() string { return "sim" }

// Features are all there are, linked timeouts as Options say.
func (b *Backend) Features() backend.Features {
	return backend.Features{LinkedTimeout: b.w.opt.LinkedTimeouts, Ops: backend.AllOps}
}

// Counters count each Submit that had something to do.
func (b *Backend) Counters() backend.Counters {
	return backend.Counters{SystemCalls: b.calls.Load()}
}

// Submit takes up to Options.Entries requests.
func (b *Backend) Submit(batch []*backend.Request) (taken int, err error) {
	b.w.enter()
	defer b.w.leave()
	if err := b.failure(); err != nil {
		return 0, err
	}
	if b.closed {
		return 0, errClosed
	}
	if len(batch) > 0 || len(b.cancels) > 0 {
		b.calls.Add(1)
	}
	for _, c := range b.cancels {
		b.carryOut(c)
	}
	b.cancels = b.cancels[:0]
	taken = min(len(batch), b.w.opt.Entries)
	for i, r := range batch[:taken] {
		if b.boot.host.paused { // perhaps by the one before
			b.park(batch[i:taken])
			break
		}
		b.w.launch(b, r)
		b.w.settle()
	}
	return taken, nil
}

// Cancel notes down a cancel for the next Submit.
func (b *Backend) Cancel(target, answer backend.Token) bool {
	b.w.enter()
	defer b.w.leave()
	if len(b.cancels) >= b.w.opt.Entries {
		return false
	}
	b.cancels = append(b.cancels, cancel{target, answer})
	return true
}

func (b *Backend) carryOut(c cancel) {
	errno := syscall.ENOENT
	if f := b.flights[c.target]; f != nil && f.req != nil {
		errno = b.w.stop(f)
		b.w.settle()
	}
	b.w.tracef("cancel of token %v: %d", c.target, -int(errno))
	if c.answer != backend.TokenNone {
		f := &flight{b: b, token: c.answer, result: -int(errno)}
		b.register(f)
		b.post(f)
	}
}

func (b *Backend) register(f *flight) {
	switch {
	case b.flights[f.token] != nil:
		b.w.violate("token %v is in flight already", f.token)
	case f.token.Generation == 0 || f.token.Generation > backend.GenerationMax:
		b.w.violate("token %v has a generation that no slot has", f.token)
	}
	b.flights[f.token] = f
	b.w.inFlight++
}

// post makes the event of f one that can be reaped.
func (b *Backend) post(f *flight) {
	if f.stage == stageReady {
		return // it was late, and the boot ended meanwhile, or it was left
	}
	f.stage = stageReady
	b.ready = append(b.ready, f)
	b.nudge()
}

// Reap copies out events, and gives their requests back.
func (b *Backend) Reap(events []backend.Event) int {
	b.w.enter()
	defer b.w.leave()
	n := min(len(events), b.seen())
	for i, f := range b.ready[:n] {
		events[i] = b.event(f)
	}
	clear(b.ready[:n])
	b.ready = b.ready[n:]
	return n
}

// seen is how many events are there for the program.
func (b *Backend) seen() int {
	switch {
	case b.boot.host.paused:
		return 0
	case b.boot.state != bootRuns && !b.failed && !b.closed:
		return 0 // that the boot has ended is told first: it is why its operations do
	}
	return len(b.ready)
}

func (b *Backend) event(f *flight) backend.Event {
	delete(b.flights, f.token)
	b.w.inFlight--
	e := backend.Event{Token: f.token, Result: f.result}
	if f.req == nil {
		return e
	}
	if f.timedOut {
		e.Flags |= backend.TimedOut
	}
	if f.unsynced {
		e.Flags |= backend.Unsynced
	}
	if f.req.Token != f.token {
		b.w.violate("request of token %v was changed while it was lent", f.token)
		return e
	}
	if !f.untouched() {
		b.w.violate("buffer of %v %d was written to while it was lent", f.req.Op, f.req.FD)
	}
	f.deliver()
	return e
}

// Close stops what can be stopped and waits for the rest.
func (b *Backend) Close() error {
	b.w.enter()
	if b.closed {
		b.w.leave()
		return nil
	}
	b.closed = true
	b.setEnd(0)
	for _, f := range b.inOrder() {
		if f.req != nil {
			b.w.stop(f)
		}
	}
	b.w.leave()
	b.waitUntil(0, func() bool { return len(b.ready) == len(b.flights) })
	b.w.enter()
	defer b.w.leave()
	for _, f := range b.ready {
		if e := b.event(f); f.req != nil && backend.DescriptorOps&(1<<f.req.Op) != 0 && e.Result >= 0 {
			b.boot.close(int(e.Result))
		}
	}
	b.ready = nil
	return nil
}

// Leave gives up a request whose event is not there. It has no effect from now on, which that
// of a real one may have. A descriptor that it has made is closed.
func (b *Backend) Leave(t backend.Token) bool {
	b.w.enter()
	defer b.w.leave()
	f := b.flights[t]
	if f == nil || f.req == nil || f.stage == stageReady {
		return false
	}
	if f.stage == stageOver && f.result >= 0 && backend.DescriptorOps&(1<<f.req.Op) != 0 {
		b.boot.close(f.result)
	}
	delete(b.flights, t)
	b.w.inFlight--
	f.land()
	b.w.agenda.drop(f.start)
	b.w.agenda.drop(f.limit)
	f.stage = stageReady // nothing more is to happen to it
	if f.file != nil {
		b.w.drop(f.file)
		f.file = nil
	}
	b.w.tracef("%v %d: left, token %v", f.req.Op, f.req.FD, f.token)
	return true
}

// inOrder lists the flights in an order that does not depend on the map's.
func (b *Backend) inOrder() []*flight {
	all := make([]*flight, 0, len(b.flights))
	for _, f := range b.flights {
		all = append(all, f)
	}
	sortFlights(all)
	return all
}

// String tells what is under way, for a test that finds it still is.
func (b *Backend) String() string {
	b.w.enter()
	defer b.w.leave()
	var s strings.Builder
	s.WriteString(fmt.Sprintf("%d in flight, %d ready", len(b.flights), len(b.ready)))
	for _, f := range b.inOrder() {
		if f.req != nil {
			s.WriteString(fmt.Sprintf("; %v %d in stage %d", f.req.Op, f.req.FD, f.stage))
		}
	}
	return s.String()
}
