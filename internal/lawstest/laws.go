//go:build unix

package lawstest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/proactor"
)

// Inside is what the laws need of a proactor's inside.
type Inside struct {
	New   func(config proactor.Config, b backend.Backend) (*proactor.Proactor, error) // on a backend of the world
	State func(p *proactor.Proactor) string                                           // how much is where
	Op    func(c *proactor.Completion) string                                         // where an operation is
	Left  func(p *proactor.Proactor) []string                                         // what a closed one must not have
	Keeps func(c *proactor.Completion) bool                                           // something of its last use

	DescriptorClosed error // of operations on a descriptor that is closed
}

// Test runs a random schedule for each seed, in a world and with faults of
// that seed, and holds what happened against the laws of the design: ownership,
// no byte lost, one completion, cancel as a request, timeouts, close, limits.
//
// A failure names its seed; SIM_SEED runs it alone and SIM_COUNT more of them.
// Two seeds in three are driven by the test's own goroutine and repeat exactly;
// with the others, a goroutine runs the proactor and the scheduler has a say too.
func Test(t *testing.T, inside Inside) {
	count := uint64(2000)
	if testing.Short() {
		count = 200
	}
	for seed := range sim.Seeds(count) {
		again := fmt.Sprintf("%s=%d repeats it", sim.SeedVariable, seed)
		guard := time.AfterFunc(time.Minute, func() { panic("busy for a minute and no end: " + again) })
		synctest.Test(t, func(t *testing.T) {
			l := newSchedule(t, seed, inside)
			watch := time.AfterFunc(10000*time.Hour, func() { panic("nothing happens any more: " + again + "\n" + l.state()) })
			defer watch.Stop()
			l.run()
		})
		guard.Stop()
		if t.Failed() {
			t.Fatal(again)
		}
	}
}

// A schedule is what happens in one world.
type schedule struct {
	testing.TB
	seed   uint64
	config proactor.Config
	w      *sim.World
	world  *sim.Backend
	p      *proactor.Proactor
	inside Inside
	driven bool // a goroutine runs p

	submitting atomic.Bool
	closing    atomic.Bool
	passive    atomic.Bool // callbacks do nothing more
	calling    bool        // a callback runs
	injected   []syscall.Errno

	mu     sync.Mutex // the rest, and every callback
	chance *rand.Rand
	ops    []*operation
	owner  map[*proactor.Completion]*operation
	free   []*proactor.Completion // of flights that are over
	open   map[int]int            // descriptors: how often they came to us, less how often they went
	lanes  []*lane
	things []*thing

	listener   *thing
	address    net.Addr
	nobody     net.Addr
	blackhole  net.Addr
	event      proactor.Event
	triggers   int
	heard      int
	file       *thing // of known contents
	out        *thing // written to, each write in a place of its own
	writes     []write
	stuck      *thing
	datagramsA *thing
	datagramsB *thing
	sentDgrams uint32
	gotDgrams  map[uint32]bool
}

const knownSize = 10000 // bytes of the file of known contents

func newSchedule(t testing.TB, seed uint64, inside Inside) *schedule {
	l := &schedule{
		TB: t, seed: seed, inside: inside, chance: rand.New(rand.NewPCG(seed, 77)), driven: seed%3 == 0,
		open: map[int]int{}, owner: map[*proactor.Completion]*operation{}, gotDgrams: map[uint32]bool{},
	}
	l.w = sim.New(seed, l.options())
	l.furnish()
	l.config = proactor.Config{
		MaxInFlight:    pick(l, 0, 0, 1, 2, 5),
		MaxQueued:      pick(l, 0, 0, 0, 1, 3),
		LinkedTimeouts: l.chance.IntN(3) == 0,
	}
	p, err := inside.New(l.config, l.backend())
	if err != nil {
		t.Fatal(err)
	}
	l.p = p
	return l
}

func pick[T any](l *schedule, from ...T) T { return from[l.chance.IntN(len(from))] }

// run is the schedule, and the verdict.
func (l *schedule) run() {
	steps, settles := 20+l.chance.IntN(60), l.chance.IntN(3) == 0
	var ended chan error
	if l.driven {
		ended = make(chan error, 1)
		go func() { ended <- l.p.Run(l.TB.(*testing.T).Context()) }()
	}
	for range steps {
		l.mu.Lock()
		for range 1 + l.chance.IntN(4) {
			l.act()
		}
		nap := time.Duration(l.chance.Int64N(int64(5 * time.Millisecond)))
		tick := l.chance.IntN(3) == 0
		l.mu.Unlock()
		l.drive(nap, tick)
		if l.closing.Load() {
			break
		}
	}
	if settles && !l.closing.Load() {
		l.settleDown()
	}
	l.shut()
	if l.driven {
		if err := <-ended; err != nil {
			l.errorf("Run: %v", err)
		}
	}
	time.Sleep(time.Hour) // for what is on its way to the peers
	l.verdict()
}

func (l *schedule) drive(nap time.Duration, tick bool) {
	var err error
	switch {
	case l.driven:
		time.Sleep(nap)
	case tick:
		err = l.p.Tick()
	default:
		err = l.p.RunFor(nap)
	}
	if err != nil && !(l.closing.Load() && errors.Is(err, proactor.ErrClosed)) {
		l.errorf("driving: %v", err)
	}
}

// settleDown drives on without doing anything more: what was asked to end has ended
// soon, unless it had to wait in line behind what never ends.
func (l *schedule) settleDown() {
	l.passive.Store(true)
	l.drive(5*time.Second, false)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.ops {
		if f.calls > 0 || l.config.MaxInFlight > 0 || l.closing.Load() {
			continue
		}
		if f.askedForSure || f.name == "close" || f.name == "cancel" || f.name == "nop" || f.name == "timer" ||
			f.thing != nil && f.thing.closed || !f.deadline.IsZero() && !f.moved {
			l.errorf("%s should have ended: %s", f.name, l.state())
		}
	}
}

// shut closes the proactor, once or from two goroutines while others submit.
func (l *schedule) shut() {
	l.closing.Store(true)
	var all sync.WaitGroup
	if l.driven {
		for range 2 {
			all.Go(func() { l.close() })
		}
		l.mu.Lock()
		l.act()
		l.mu.Unlock()
	}
	l.close()
	all.Wait()
}

func (l *schedule) close() {
	if err := l.p.Close(); err != nil {
		l.errorf("Close: %v", err)
	}
}

func (l *schedule) errorf(format string, args ...any) {
	l.Helper()
	l.Errorf("seed %d: "+format, append([]any{l.seed}, args...)...)
}

// state tells what is under way. It is for a schedule in which nothing moves.
func (l *schedule) state() string {
	var s strings.Builder
	s.WriteString(fmt.Sprintf("world: %v\nloop: %s", l.world, l.inside.State(l.p)))
	for _, f := range l.ops {
		if f.calls == 0 {
			s.WriteString(fmt.Sprintf("\n%s %s: asked %v, thing %+v", f.name, l.inside.Op(f.c), f.asked, f.thing))
		}
	}
	return s.String()
}

// act does one thing at random.
func (l *schedule) act() {
	t := l.things[l.chance.IntN(len(l.things))]
	switch n := l.chance.IntN(100); {
	case n < 18:
		l.receive(t)
	case n < 34:
		l.send(t)
	case n < 46:
		l.onPeer(t)
	case n < 58:
		l.interfere()
	case n < 70:
		l.onFiles()
	case n < 76:
		l.onDatagrams()
	case n < 82:
		l.onListener()
	case n < 86:
		l.newDescriptor()
	case n < 90:
		l.closeThing(t)
	case n < 92:
		l.shutdownThing(t)
	case n < 94:
		l.poll(t)
	default:
		l.onLoop()
	}
}
