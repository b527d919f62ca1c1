package proactor

import (
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A LoopState describes what the loop of a proactor does.
type LoopState struct {
	Loop    int    // number in its IO
	Backend string // "io_uring"

	// Phase is what the loop was doing when it was looked at: PhaseParked, PhaseCallbacks,
	// PhaseKernel, PhaseNotDriven or PhaseEnded.
	Phase string

	// Stalled says that the loop did not answer. It has been in Phase at least since Since, and
	// all its operations wait.
	Stalled bool
	Since   time.Time

	// The fields below are those of the loop's last answer if it is stalled.

	Rounds   uint64        // rounds made so far
	Longest  time.Duration // longest time that the loop was busy without looking for new operations
	TimerLag time.Duration // how late the last timer was
	LagMost  time.Duration // the latest that a timer was
	Queued   int           // operations that wait to be handed to the kernel
	InFlight int           // operations that the kernel or a worker has
	Timers   int           // timeouts and deadlines that are set

	// Workers are threads for calls that can only block, without those of io_uring itself.
	Workers       int // threads that are in a call
	WorkersInLine int // operations that wait for a thread
	WorkersMost   int // the most threads that were in calls at once

	// Handover is the time from a result until its goroutine ran, measured in one of 64 blocking calls:
	// the last one, and the longest. Only package await measures it.
	Handover, HandoverMost time.Duration
}

// The phases of a loop.
const (
	PhaseParked    = "parked"     // it waits for results and submissions
	PhaseCallbacks = "callbacks"  // a callback runs
	PhaseKernel    = "kernel"     // it submits, collects results, or is between the two
	PhaseNotDriven = "not driven" // no goroutine is in Run, RunFor or Tick
	PhaseEnded     = "ended"      // it is closed
)

// phase is what the loop seems to do. Any goroutine may call it.
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
	var answer LoopState // of the loop, which may set it after ask has returned
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

// loopStateNow is LoopState as the loop sees it. Call it on the loop, or after that has ended.
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
