package proactor

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A LoopState describes what the loop of a proactor does.
type LoopState struct {
	Loop    int    // its number in its IO
	Backend string // "io_uring"

	// Phase is what the loop was doing when it was looked at: PhaseParked, PhaseCallbacks,
	// PhaseKernel, PhaseNotDriven or PhaseEnded.
	Phase string

	// Stalled says that the loop did not answer: it has been in Phase since Since, at least.
	// All operations of the loop wait meanwhile.
	Stalled bool
	Since   time.Time

	// Of a loop that is stalled, what follows is what it told last.

	Rounds   uint64        // made so far
	Longest  time.Duration // between two looks at the clock without a park: how long an operation may have waited for the loop
	TimerLag time.Duration // how late the last timer was
	LagMost  time.Duration // how late the latest one was
	Queued   int           // operations in line for the kernel
	InFlight int           // operations that the kernel or a worker has
	Timers   int           // timeouts and deadlines that are set

	// Threads for calls that can only block. Those of io_uring itself are not counted.
	Workers       int // that run
	WorkersInLine int // operations that wait for one
	WorkersMost   int // that have run at once

	// How long it took from a result until the goroutine that waited for it ran, in one of 64
	// blocking calls: the last time, and at most. Only package await can tell.
	Handover, HandoverMost time.Duration
}

// The phases of a loop.
const (
	PhaseParked    = "parked"     // it waits for results and submissions
	PhaseCallbacks = "callbacks"  // a callback runs
	PhaseKernel    = "kernel"     // it submits, collects results, or is between the two
	PhaseNotDriven = "not driven" // nobody is in Run, RunFor or Tick
	PhaseEnded     = "ended"      // it is closed
)

// phase is what the loop seems to do. It may be called from any goroutine.
func (p *Proactor) phase() string {
	switch {
	case p.isClosed():
		return PhaseEnded
	case p.dispatching.Load():
		return PhaseCallbacks
	case p.parked.Load():
		return PhaseParked
	case !p.driving.Load():
		return PhaseNotDriven
	}
	return PhaseKernel
}

// LoopState describes what the loop does. It waits at most 50 ms for the loop. Any goroutine may
// call it, but not in a callback.
func (p *Proactor) LoopState() LoopState {
	phase := p.phase()
	var answer LoopState // the loop's: it may answer after the wait
	answered := p.ask(func() bool { answer = p.loopStateNow(); return false })
	p.watch.mu.Lock()
	if answered {
		answer.Phase = phase
		p.watch.lastState = answer
	}
	s := p.watch.lastState
	p.watch.mu.Unlock()
	if answered {
		return s
	}
	s.Backend, s.Phase = p.Backend(), p.phase()
	s.Queued, s.InFlight = int(p.counters.published[publishedQueued].Load()), int(p.counters.published[publishedInFlight].Load())
	if since := p.watch.asked.since.Load(); since != 0 && s.Phase != PhaseNotDriven {
		s.Stalled, s.Since = true, p.timeOf(since)
	}
	return s
}

// loopStateNow is for the loop, or once that has ended.
func (p *Proactor) loopStateNow() LoopState {
	w := &p.watch
	s := LoopState{
		Backend: p.Backend(), Rounds: w.rounds, Longest: time.Duration(w.longest),
		TimerLag: time.Duration(w.lag), LagMost: time.Duration(w.lagMost),
		Queued: p.queue.Size, InFlight: p.inFlight.size, Timers: len(p.timers.Entries),
	}
	if e, ok := p.backend.(backend.Employer); ok {
		s.Workers, s.WorkersInLine, s.WorkersMost = e.Levels()
	}
	return s
}

// timeOf is the instant of the proactor's clock as a time.
func (p *Proactor) timeOf(at int64) time.Time { return p.epoch.Add(time.Duration(at)) }
