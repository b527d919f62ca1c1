package fdcall

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
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
	Config  proactor.Config
	Off     ablate.Set // mechanisms that the benchmark has switched off
	all     []*Loop
	reopens bool                   // close does not end it for good
	backend atomic.Pointer[choice] // what all engines are on, once one has begun

	diskCalls diskCalls
	Busy      atomic.Bool // no call is alone, as if another were always under way: to try the other ways
	history   history
	affinity  affinity
	served    atomic.Uint32 // how many times next was asked
	Copies    sync.Pool     // of *[]byte: buffers that data is copied with
}

// A choice is the backend of an IO, and why it is not another one.
type choice struct {
	name   string
	passed error
}

// NewLoops makes the loops, none of which has started. Route says which loop makes a call.
// Several loops may make the calls on one descriptor; its close waits for all calls.
func NewLoops(config proactor.Config, reopens bool) *Loops {
	if config.IdleTimeout > 0 {
		config.IdleTimeout = max(config.IdleTimeout, idleLeast)
	}
	s := &Loops{Config: config, Off: ablate.Off(), reopens: reopens, all: make([]*Loop, loopsOf(config, processors()))}
	s.Busy.Store(s.Off.Has(ablate.Uncontended))
	for i := range s.all {
		s.all[i] = &Loop{Loops: s, config: config}
	}
	return s
}

// Start starts the loops: all of them, so that no goroutine begins later that a leak
// detector would take for new, or the first if they come and go as they are needed.
func (s *Loops) Start() error {
	if _, err := s.First().Engine(); err != nil || s.Config.IdleTimeout > 0 {
		return err
	}
	for _, l := range s.all[1:] {
		if _, err := l.Engine(); err != nil {
			return errors.Join(err, s.Close())
		}
	}
	return nil
}

// Passed tells why the backends that come before the one in use do not run here.
func (s *Loops) Passed() error {
	if chosen := s.backend.Load(); chosen != nil {
		return chosen.passed
	}
	return nil
}

// First is the loop of what belongs to none.
func (s *Loops) First() *Loop { return s.all[0] }

// Of is the loop of a descriptor; of none, the first.
func (s *Loops) Of(fd int) *Loop { return s.all[max(fd, 0)%len(s.all)] }

// next is one loop after the other.
func (s *Loops) next() *Loop { return s.all[s.served.Add(1)%uint32(len(s.all))] }

// Close closes all at the same time: what one waits for may be another's.
func (s *Loops) Close() error {
	errs := make([]error, len(s.all))
	var closing sync.WaitGroup
	for i, l := range s.all[1:] {
		closing.Go(func() { errs[i+1] = l.close() })
	}
	errs[0] = s.First().close()
	closing.Wait()
	return errors.Join(errs...)
}

// idle reports whether the proactors have nothing under way.
func (s *Loops) idle() bool {
	for _, l := range s.all {
		if !l.idle() {
			return false
		}
	}
	return true
}

// backendRing is the backend on which all waits and closes are the kernel's.
const backendRing = "io_uring"

// waitsInKernel reports whether no call waits on a thread of ours.
func (s *Loops) waitsInKernel() bool {
	chosen := s.backend.Load()
	return chosen != nil && chosen.name == backendRing
}

// settle waits until the kernel has let go of the files of all calls that have ended: a
// close(2) that follows then closes the file.
func (s *Loops) settle() {
	for _, l := range s.all {
		l.settle()
	}
}
