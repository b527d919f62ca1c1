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

// loopsOf is how many loops config asks for on so many processors. With limits, which are
// for each loop, the default is one loop: several would multiply them.
func loopsOf(config proactor.Config, processors int) int {
	switch {
	case config.Loops < 0 || config.Loops > loopsLimit:
		return 1 // which will not start
	case config.Loops != 0:
		return config.Loops
	case config.MaxQueued != 0 || config.MaxInFlight != 0 || config.Workers != 0:
		return 1
	}
	return min(processors, loopsMax)
}

// idleLeast is how long a proactor is kept at least, so that the call that has started it
// finds it.
const idleLeast = time.Millisecond

// processors is how many processors Go may use and the system has.
func processors() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// Loops are the loops of an IO, and the state that they share.
type Loops struct {
	Config proactor.Config
	Off    ablate.Set // mechanisms that the benchmark has switched off
	all    []*Loop    // by way of loops

	System    system.System // that the descriptors are of
	Simulated bool          // System is: nothing but it and the backend may be asked
	bubbled   bool          // it was made in a testing/synctest bubble with all that it consists of, as only a simulated one is
	open      hook.Opener   // makes the backends, where System is simulated; else nil

	configuring sync.Mutex
	inUse       atomic.Bool // all and Config stay as they are

	reopens  bool                            // close does not end it for good
	refusing atomic.Bool                     // no call begins any more; it does not reopen
	accepted acceptances                     // calls of several operations
	backend  atomic.Pointer[proactor.Choice] // what all engines are on, once one has begun

	paths *pathSlots  // for calls by path that block a thread
	lanes *mountLanes // of mounts that may hang
	endMu sync.Mutex
	end   atomic.Pointer[chan struct{}] // closed when s is; where it reopens, it has another then

	memory  *memory // lent to the kernel
	devices devices
	held    atomic.Int64 // operations past their end that have their callers' memory

	loopCalls   sync.Pool // of *loopCall
	threadCalls sync.Pool // of *threadCall

	diskCalls diskCalls
	Busy      atomic.Bool // no call is alone, as if another were always under way: to try the other ways
	history   history
	notices   notices
	monitor   monitor
	affinity  affinity
	pulses    *pulse.Set
	oneCPU    bool          // GOMAXPROCS is 1
	yieldCPU  func()        // cpu.Yield, but in tests
	served    atomic.Uint32 // how many times next was asked
	nearby    sync.Pool     // of *Loop: see near
	Copies    sync.Pool     // of *[]byte: buffers that data is copied with
}

// NewLoops makes the loops, none of which has started. Route says which loop makes a call.
// Several loops may make the calls on one descriptor; its close waits for all calls.
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

// NewLoopsOn is NewLoops of one loop, on a simulated system.
func NewLoopsOn(config proactor.Config, reopens bool, open hook.Opener, on system.System) *Loops {
	config.Loops = 1
	s := NewLoops(config, reopens)
	s.System, s.Simulated, s.open = on, true, open
	s.bubbled = hook.InBubble()
	return s
}

// ErrInUse refuses to configure what is in use.
var ErrInUse = errors.New("await: the default IO is in use already: configure it before its first use")

// Configure makes s what NewLoops makes of config. It fails with ErrInUse once anything has asked
// for a loop of s: descriptors cannot change their IO.
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

// InUse reports whether s can be configured no more.
func (s *Loops) InUse() bool { return s.inUse.Load() }

// loops are the loops of s, which can be configured no more.
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

// Start starts the loops: all of them, so that no goroutine begins later that a leak
// detector would take for new, or the first if they come and go as they are needed.
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

// Choice tells of the backend in use. It is zero where no loop has started.
func (s *Loops) Choice() proactor.Choice {
	if chosen := s.backend.Load(); chosen != nil {
		return *chosen
	}
	return proactor.Choice{}
}

// First is the loop of what belongs to none.
func (s *Loops) First() *Loop { return s.loops()[0] }

// Of is the loop of a descriptor; of none, the first.
func (s *Loops) Of(fd int) *Loop {
	all := s.loops()
	return all[max(fd, 0)%len(all)]
}

// near is a loop that runs and that other processors do not use much: the caller's processor
// keeps it. Without one it is l.
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

// next is one loop after the other.
func (s *Loops) next() *Loop {
	all := s.loops()
	return all[s.served.Add(1)%uint32(len(all))]
}

// Close closes all at the same time: what one waits for may be another's.
//
// Calls on paths and on files that may hang are told first, and left if they do not answer.
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

// backendRing is the kernel's backend on which all waits and closes are its own.
const backendRing = "io_uring"

// WaitsInKernel reports whether no call waits on a thread of ours.
func (s *Loops) WaitsInKernel() bool {
	chosen := s.backend.Load()
	return s.Simulated || chosen != nil && chosen.Backend == backendRing
}

// settle waits until the kernel has let go of the files of all calls that have ended: a
// close(2) that follows then closes the file.
func (s *Loops) settle() {
	for _, l := range s.loops() {
		l.settle()
	}
}

// inBubble reports whether the caller is in a testing/synctest bubble of which s is no part: what
// it makes, other callers must not wait for.
func (s *Loops) inBubble() bool { return !s.bubbled && hook.InBubble() }
