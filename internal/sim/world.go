//go:build unix

package sim

import (
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// A World is the simulated machine and all it is connected to. Its methods may
// be called from any goroutine.
type World struct {
	mu    sync.Mutex
	opt   Options
	seed  uint64
	epoch time.Time
	now   int64 // nanoseconds since epoch, of what is happening

	agenda   agenda
	driver   driver
	touched  []*waitList // changed; the operations that wait there are yet to be attempted
	journal  []Entry
	noisy    bool // operations meet with delays and failures
	inFlight int  // requests that were not reaped, of all backends

	hosts  []*Host
	byName map[string]*Host // by key
	byAddr map[netip.Addr]*Host
	local  *Host // the default one; nil until it is asked for

	pairs    []*pair
	paths    map[[2]*Host]*path
	allPaths []*path // between hosts
	rules    map[[2]string]*rule
	names    names
	ruled    uint64 // changes of rules and partitions so far

	violations []string
}

// New makes a World. Made in a bubble of testing/synctest, it belongs there.
func New(seed uint64, o Options) *World {
	w := &World{opt: o.withDefaults(), seed: seed, epoch: time.Now()}
	w.byName, w.byAddr = map[string]*Host{}, map[netip.Addr]*Host{}
	w.paths, w.rules = map[[2]*Host]*path{}, map[[2]string]*rule{}
	w.names = names{addrs: map[string][]netip.Addr{}, fails: map[string]error{}}
	w.noisy = w.opt.noisy()
	return w
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
	return w.inFlight
}

// Descriptors are the open ones, in order.
func (w *World) Descriptors() []int {
	w.enter()
	defer w.leave()
	return w.here().descriptors.open()
}
