//go:build unix

package sim

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simproc"
)

// A World has the hosts of a simulation and the network between them. Several goroutines may call
// its methods at once, unless a method says otherwise.
type World struct {
	in     *sim.World
	tb     testing.TB
	seed   uint64
	config Config
	page   *simproc.Page
	bubble bool
	guest  bool // in a bubble of the caller's own
	began  time.Time

	mu     sync.Mutex
	hosts  []*Host
	noted  map[string]bool // by Sometimes
	ended  bool            // the test has ended
	giveUp func(why string)

	unwatched atomic.Bool // nobody need look whether time goes on
	closing   sync.Once
	stopping  atomic.Bool // nemeses have ended, and no host starts again

	nemeses nemeses
	rest    rest
}

// New makes a World in the caller's testing/synctest bubble, where simulated time takes no real
// time. Outside of a bubble the World runs in real time.
//
// The World ends with t: its hosts are stopped, and t fails if goroutines of their programs have
// not ended an hour of simulated time later. In a bubble t is required, and is the one of
// synctest.Test. Outside of a bubble it may be nil; then Close ends the World, and New's World
// panics where t would fail.
//
// New starts no child process and does not change the runtime. A mutex that is held across
// simulated time stops the bubble's clock; a message on standard error says so. Prefer Run for
// tests.
func New(t testing.TB, seed uint64, c Config) *World {
	w := newWorld(t, seed, c, simproc.NewPage(), sim.Options{})
	if w.bubble {
		w.guest = true
		w.watch()
	}
	return w
}

// newWorld makes a World whose progress page shows. o says which faults happen.
func newWorld(tb testing.TB, seed uint64, c Config, page *simproc.Page, o sim.Options) *World {
	w := &World{tb: tb, seed: seed, config: c.withDefaults(), page: page, noted: map[string]bool{}}
	w.bubble = hook.InBubble()
	w.giveUp = func(why string) { panic(why) }
	if d := time.Until(w.config.Start); w.bubble && d > 0 {
		time.Sleep(d)
	}
	w.rest.init()
	w.nemeses.init()
	w.began = time.Now()
	o.Link, o.Watch = w.config.Link.inner(), progress{page, w.rest.event}
	w.in = sim.New(seed, o)
	w.pulse()
	w.limit()
	if tb != nil {
		tb.Cleanup(w.Close)
	}
	return w
}

// progress shows what happens on a page, and to those who look at the World at rest.
type progress struct {
	page  *simproc.Page
	event chan<- struct{}
}

func (p progress) Happened(at time.Duration) {
	p.page.Events.Add(1)
	p.page.Now.Store(int64(at))
	select {
	case p.event <- struct{}{}:
	default: // it will be looked at
	}
}

// Traveled counts packets whose latency chance decides.
func (p progress) Traveled() { p.page.Travels.Add(1) }

// Worked counts calls that got something done.
func (p progress) Worked() { p.page.Works.Add(1) }

// Noted adds a line, but for those of the hosts that end after the test.
func (p progress) Noted(e sim.Entry) {
	if p.page.Ended.Load() == 0 {
		p.page.AddLine(entryOf(e).String())
	}
}

// Struck adds a fault.
func (p progress) Struck(id sim.FaultID) { p.page.AddFault(uint64(id)) }

// How often a World shows that its time goes on where nothing else happens: while the test
// runs, and after it.
const (
	pulseEvery = time.Second + 7*time.Nanosecond
	pulseLate  = 10 * time.Minute
)

// pulse shows that simulated time goes on.
func (w *World) pulse() {
	if !w.bubble {
		return
	}
	every := pulseEvery
	if w.hasEnded() {
		every = pulseLate
	}
	time.AfterFunc(every, func() {
		if !w.unwatched.Load() {
			progress{w.page, w.rest.event}.Happened(w.Elapsed())
			w.pulse()
		}
	})
}

// limit ends a run that takes too much simulated time.
func (w *World) limit() {
	if !w.bubble {
		return
	}
	time.AfterFunc(w.config.Limit, func() {
		if !w.hasEnded() {
			w.giveUp(fmt.Sprintf("seed %d: the test has not ended after %v of simulated time (Config.Limit)\n%s",
				w.seed, w.config.Limit, simproc.ExplainTest(simproc.ParseStacks(simproc.Stacks()))))
		}
	})
}

func (w *World) hasEnded() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ended
}

// Seed returns the seed of the World's random choices.
func (w *World) Seed() uint64 { return w.seed }

// Elapsed returns how much simulated time has passed since the World was made.
func (w *World) Elapsed() time.Duration { return time.Since(w.began) }

// passed is Elapsed for messages: hosts boot a nanosecond apart, which says nothing.
func (w *World) passed() time.Duration { return w.Elapsed().Round(time.Microsecond) }

// Rand returns a source of random numbers that depends on the seed and name alone. Each call
// makes a new one, for one goroutine at a time.
func (w *World) Rand(name string) *rand.Rand { return w.in.Source("test: " + name) }

// Sometimes records that the test reached this point, and whether ok was true. Run fails if ok
// was true with none of its seeds, because the test may then not try what it is meant to try.
func (w *World) Sometimes(name string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.noted[name] = w.noted[name] || ok
}

// errorf fails the run with a message that has the seed, and notes it in the journal.
func (w *World) errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.in.Note("", 0, "failed: "+oneLine("%s", text))
	if w.tb == nil {
		panic(fmt.Sprintf("sim: seed %d: %s", w.seed, text))
	}
	w.tb.Helper()
	w.tb.Errorf("seed %d, after %v: %s", w.seed, w.passed(), text)
}

// fatalf is errorf that ends the test, for what its own goroutine did wrong.
func (w *World) fatalf(format string, args ...any) {
	if w.tb == nil {
		panic(fmt.Sprintf("sim: seed %d: %s", w.seed, fmt.Sprintf(format, args...)))
	}
	w.tb.Helper()
	w.tb.Fatalf("seed %d, after %v: %s", w.seed, w.passed(), fmt.Sprintf(format, args...))
}

// Partition lets nothing pass between groups of hosts. A host in two groups is a bridge, and a
// host in none keeps all its links. It replaces an earlier partition. Without groups it ends the
// partition.
func (w *World) Partition(groups ...[]string) {
	if w.tb != nil {
		w.tb.Helper()
	}
	if err := w.in.Partition(groups...); err != nil {
		w.fatalf("%v", err)
	}
}

// Heal ends nemeses, partitions, and all settings of links except those of Set. Hosts that a
// nemesis has taken down are up afterwards, and paused hosts continue. Hosts that the test itself
// has crashed, killed or stopped stay down.
func (w *World) Heal() {
	w.nemeses.stop(w)
	for _, h := range w.Hosts() {
		h.Resume()
	}
	w.in.HealLinks()
}

// Hosts returns all hosts, in the order they were made.
func (w *World) Hosts() []*Host {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]*Host(nil), w.hosts...)
}
