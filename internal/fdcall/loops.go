package fdcall

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/cpu"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/system"
	"github.com/awaitio/awaitio/proactor"
)

// loopsMax is how many loops an IO has at most by default. Each loop does the kernel's
// part of 100,000 small requests a second or more.
const loopsMax = 16

// loopsLimit is what proactor.Config.Loops may be.
const loopsLimit = 1024

// loopsOf is how many loops config asks for on a machine with that many processors. If config has
// limits, the default is one loop: limits are for each loop, and several loops would multiply them.
func loopsOf(config proactor.Config, processors int) int {
	switch {
	case config.Loops < 0 || config.Loops > loopsLimit:
		return 1 // starting it fails with the error for config
	case config.Loops != 0:
		return config.Loops
	case config.MaxQueued != 0 || config.MaxInFlight != 0 || config.Workers != 0:
		return 1
	}
	return min(processors, loopsMax)
}

// idleLeast is the shortest IdleTimeout, so that the call that starts a proactor finds it running.
const idleLeast = time.Millisecond

// processors is how many processors Go may use and the system has.
func processors() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// Loops are the loops of an IO, and the state that they share.
type Loops struct {
	Config proactor.Config
	Off    ablate.Set // mechanisms that the benchmark has switched off
	all    []*Loop    // use loops instead, which ends configuring

	System    system.System // that the descriptors belong to
	Simulated bool          // System is simulated: do not ask the kernel
	bubbled   bool          // a simulated one was made within a testing/synctest bubble, with all its parts
	open      hook.Opener   // makes the backends of a simulated system; else nil

	configuring sync.Mutex
	inUse       atomic.Bool // all and Config do not change any more

	reopens  bool                            // Close does not end it for good
	refusing atomic.Bool                     // Shutdown has begun: no call may begin; not with reopens
	admitted admissions                      // calls of several operations
	backend  atomic.Pointer[proactor.Choice] // the backend of all engines, once one has started

	paths *pathSlots  // for calls by path that block a thread
	lanes *mountLanes // of mounts that may hang
	endMu sync.Mutex
	end   atomic.Pointer[chan struct{}] // closed by Close; with reopens, replaced by a new one

	memory  *memory // to lend to the kernel
	devices devices
	held    atomic.Int64 // see proactor.Stats.Held

	loopCalls   sync.Pool // of *loopCall
	threadCalls sync.Pool // of *threadCall

	diskCalls diskCalls
	Busy      atomic.Bool // no call counts as uncontended, so that tests reach the other ways
	history   history
	notices   notices
	monitor   monitor
	affinity  affinity
	pulses    *pulse.Set
	oneCPU    bool          // GOMAXPROCS is 1
	yieldCPU  func()        // cpu.Yield, except in tests
	served    atomic.Uint32 // how often next was called
	nearby    sync.Pool     // of *Loop: see near
	Copies    sync.Pool     // of *[]byte: buffers to copy data with
}

// NewLoops makes the loops. They start with the first call, or with Start. Several loops may make the
// calls on one descriptor (see Route); its close waits for all calls.
func NewLoops(config proactor.Config, reopens bool) *Loops {
	if config.IdleTimeout > 0 {
		config.IdleTimeout = max(config.IdleTimeout, idleLeast)
	}
	s := &Loops{Config: config, oneCPU: runtime.GOMAXPROCS(0) == 1, yieldCPU: cpu.Yield, Off: ablate.Off(), reopens: reopens, System: system.Kernel{}, all: make([]*Loop, loopsOf(config, processors()))}
	s.Busy.Store(s.Off.Has(ablate.Uncontended))
	s.pulses = pulse.NewSet(len(s.all))
	s.paths, s.lanes, s.memory = newPathSlots(config), newMountLanes(config), newMemory(config)
	s.devices.by = make(map[uint64]*device)
	end := make(chan struct{})
	s.end.Store(&end)
	for i := range s.all {
		s.all[i] = &Loop{Loops: s, config: config}
	}
	return s
}

// NewLoopsOn is NewLoops for one loop on a simulated system.
func NewLoopsOn(config proactor.Config, reopens bool, open hook.Opener, on system.System) *Loops {
	config.Loops = 1
	s := NewLoops(config, reopens)
	s.System, s.Simulated, s.open = on, true, open
	s.bubbled = hook.InBubble()
	return s
}

// ErrInUse is the error of Configure for Loops in use.
var ErrInUse = errors.New("await: the default IO is in use already: configure it before its first use")

// Configure gives s a new config. It fails with ErrInUse after the first use of a loop of s, because
// descriptors cannot change their IO.
func (s *Loops) Configure(config proactor.Config) error {
	s.configuring.Lock()
	defer s.configuring.Unlock()
	if s.inUse.Load() {
		return ErrInUse
	}
	fresh := NewLoops(config, s.reopens)
	for _, l := range fresh.all {
		l.Loops = s
	}
	s.Config, s.all, s.pulses, s.paths, s.lanes, s.memory = fresh.Config, fresh.all, fresh.pulses, fresh.paths, fresh.lanes, fresh.memory
	return nil
}

// InUse reports whether s was used, and can no longer be configured.
func (s *Loops) InUse() bool { return s.inUse.Load() }

// loops returns the loops of s. From then on s is in use.
func (s *Loops) loops() []*Loop {
	if !s.inUse.Load() {
		s.configuring.Lock()
		s.inUse.Store(true)
		s.configuring.Unlock()
	}
	return s.all
}

// spin is how long a caller may look for its result before it parks; 0 while a loop completes
// operations several at a time.
func (s *Loops) spin() (limit time.Duration) {
	for _, l := range s.loops() {
		if e := l.current.Load(); e != nil {
			if limit = hook.Spin(e.Proactor); limit <= 0 {
				return 0
			}
		}
	}
	return limit
}

// Start starts all loops, so that no goroutine starts later that a leak detector would report. If loops
// end when they are idle, it starts only the first.
func (s *Loops) Start() error {
	if _, err := s.First().Engine(); err != nil || s.Config.IdleTimeout > 0 {
		return err
	}
	for _, l := range s.loops()[1:] {
		if _, err := l.Engine(); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	return nil
}

// Choice returns which backend is in use and why. It is zero if no loop has started.
func (s *Loops) Choice() proactor.Choice {
	if chosen := s.backend.Load(); chosen != nil {
		return *chosen
	}
	return proactor.Choice{}
}

// First returns the loop for calls that belong to no loop.
func (s *Loops) First() *Loop { return s.loops()[0] }

// Of returns the loop of a number; if that is negative, the first.
func (s *Loops) Of(fd int) *Loop {
	all := s.loops()
	return all[max(fd, 0)%len(all)]
}

// near returns a running loop that other processors seldom use, because a processor that asks gets the
// same loop again (sync.Pool). If there is none it returns l.
func (s *Loops) near(l *Loop) *Loop {
	if len(s.all) == 1 {
		return l
	}
	at, _ := s.nearby.Get().(*Loop)
	if at == nil {
		at = s.next()
	}
	s.nearby.Put(at)
	if at.running() == nil {
		return l
	}
	return at
}

// next returns the loops in turn.
func (s *Loops) next() *Loop {
	all := s.loops()
	return all[s.served.Add(1)%uint32(len(all))]
}

// Close closes all loops at the same time, because one may wait for a call of another. It ends calls
// that may hang first; they are left if the kernel does not answer.
func (s *Loops) Close() error {
	defer s.stopMonitor()
	errs := make([]error, len(s.loops()))
	s.endCalls()
	var closing sync.WaitGroup
	for i, l := range s.loops()[1:] {
		closing.Go(func() { errs[i+1] = l.close() })
	}
	closing.Go(s.drainPaths)
	errs[0] = s.First().close()
	closing.Wait()
	return errors.Join(errs...)
}

// idle reports whether the proactors have nothing under way.
func (s *Loops) idle() bool {
	for _, l := range s.loops() {
		if !l.idle() {
			return false
		}
	}
	return true
}

// backendRing is the backend on which the kernel itself makes all waits and closes.
const backendRing = "io_uring"

// WaitsInKernel reports whether no call by a loop blocks a thread of this process's own.
func (s *Loops) WaitsInKernel() bool {
	chosen := s.backend.Load()
	return s.Simulated || chosen != nil && chosen.Backend == backendRing
}

// settle waits until the kernel has dropped its references to the files of all calls that have ended,
// so that a close(2) after it really closes the file.
func (s *Loops) settle() {
	for _, l := range s.loops() {
		l.settle()
	}
}

// inBubble reports whether the caller is in a testing/synctest bubble that s does not belong to. Callers
// outside the bubble must not wait for a channel or timer that such a caller makes.
func (s *Loops) inBubble() bool { return !s.bubbled && hook.InBubble() }
