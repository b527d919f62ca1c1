//go:build unix

package sim

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// A World is the simulated machine and all it is connected to. Its methods may
// be called from any goroutine.
type World struct {
	mu    sync.Mutex
	opt   Options
	seed  uint64
	rand  *rand.Rand
	epoch time.Time
	now   int64 // nanoseconds since epoch, of what is happening

	agenda   agenda
	touched  []*waitList // changed; the operations that wait there are yet to be attempted
	backends []*Backend

	descriptors descriptors
	tree        tree
	network     network
	sources     uint64 // sources of chance made so far

	violations []string
}

// New makes a World. Made in a bubble of testing/synctest, it belongs there.
func New(seed uint64, o Options) *World {
	w := &World{opt: o.withDefaults(), seed: seed, epoch: time.Now()}
	w.rand = w.source()
	w.descriptors.limit = w.opt.Descriptors
	w.tree.init(w)
	w.network.init()
	return w
}

// source makes a source of chance. The second seed keeps it from being another's.
func (w *World) source() *rand.Rand {
	w.sources++
	return rand.New(rand.NewPCG(w.seed, w.sources))
}

// enter makes the caller the one who decides, and brings the World up to date.
func (w *World) enter() {
	w.mu.Lock()
	now := int64(time.Since(w.epoch))
	for e := w.agenda.due(now); e != nil; e = w.agenda.due(now) {
		w.now = max(w.now, e.when)
		e.do()
		w.settle()
	}
	w.now = max(w.now, now)
}

// leave lets what the caller changed take its course.
func (w *World) leave() {
	w.settle()
	w.mu.Unlock()
}

// after has something happen, now if d is 0.
func (w *World) after(d time.Duration, do func()) *entry {
	if d <= 0 {
		do()
		return nil
	}
	return w.at(w.now+int64(d), do)
}

// at is after with an instant, which is not past.
func (w *World) at(when int64, do func()) *entry {
	e := w.agenda.add(when, do)
	for _, b := range w.backends {
		b.nudge() // it may wait for something later
	}
	return e
}

// touch notes that operations that wait in l may succeed now.
func (w *World) touch(l *waitList) {
	if !l.touched {
		l.touched = true
		w.touched = append(w.touched, l)
	}
}

// settle tries again what waits where something changed, until nothing changes.
func (w *World) settle() {
	for len(w.touched) > 0 {
		l := w.touched[0]
		w.touched = w.touched[1:]
		l.touched = false
		for _, f := range append([]*flight(nil), l.flights...) {
			if f.stage == stageWaiting {
				w.try(f)
			}
		}
	}
}

// tracef reports what happens, where anyone wants to know.
func (w *World) tracef(format string, args ...any) {
	if w.opt.Trace != nil {
		w.opt.Trace(fmt.Sprintf("%v: ", time.Duration(w.now)) + fmt.Sprintf(format, args...))
	}
}

// violate notes a breach of the contract by the backend's user.
func (w *World) violate(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
	w.tracef("violation: "+format, args...)
}

// Seed is what the World was made from.
func (w *World) Seed() uint64 { return w.seed }

// Violations are breaches of the seam's contract by the backend's user so far:
// tokens used twice, buffers that changed while they were lent.
func (w *World) Violations() []string {
	w.enter()
	defer w.leave()
	return append([]string(nil), w.violations...)
}

// InFlight is how many requests are under way or have events that were not
// reaped.
func (w *World) InFlight() int {
	w.enter()
	defer w.leave()
	n := 0
	for _, b := range w.backends {
		n += len(b.flights)
	}
	return n
}

// Descriptors are the open ones, in order.
func (w *World) Descriptors() []int {
	w.enter()
	defer w.leave()
	return w.descriptors.open()
}
