package await

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// loopsMax is how many loops an IO has at most if nobody says. Each of them does the
// kernel's part of 100,000 small requests a second or more.
const loopsMax = 16

// loopsLimit is what proactor.Config.Loops may be.
const loopsLimit = 1024

// loopsOf is how many loops config stands for on so many processors. A limit that is
// for each loop would be another one with several of them.
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

// idleLeast is how long a proactor is kept at least, so that whoever has started it
// finds it.
const idleLeast = time.Millisecond

// processors are those that Go uses and the system has.
func processors() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// A loopSet are the loops of an IO, and what they share.
type loopSet struct {
	config  proactor.Config
	all     []*ioLoop
	reopens bool                   // close does not end it for good
	backend atomic.Pointer[choice] // what all engines are on, once one has begun

	transfers transfers
	history   history
	strays    strays
	served    atomic.Uint32 // how many times next was asked
	copies    sync.Pool     // of *[]byte: buffers that data is copied with
}

// A choice is the backend of an IO, and why it is not another one.
type choice struct {
	name   string
	passed error
}

// newLoopSet makes the loops, none of which has started. Each serves the descriptors
// whose numbers are its own: all operations on one meet in one proactor, and so does
// the close. Only those of File.call may be with several, and a File's close waits for
// them.
func newLoopSet(config proactor.Config, reopens bool) *loopSet {
	if config.IdleTimeout > 0 {
		config.IdleTimeout = max(config.IdleTimeout, idleLeast)
	}
	s := &loopSet{config: config, reopens: reopens, all: make([]*ioLoop, loopsOf(config, processors()))}
	for i := range s.all {
		s.all[i] = &ioLoop{set: s, config: config}
	}
	return s
}

// start starts the loops: all of them, so that no goroutine begins later that a leak
// detector would take for new, or the first if they come and go as they are needed.
func (s *loopSet) start() error {
	if _, err := s.first().engine(); err != nil || s.config.IdleTimeout > 0 {
		return err
	}
	for _, l := range s.all[1:] {
		if _, err := l.engine(); err != nil {
			return errors.Join(err, s.close())
		}
	}
	return nil
}

// first is the loop of what belongs to none.
func (s *loopSet) first() *ioLoop { return s.all[0] }

// of is the loop of a descriptor; of none, the first.
func (s *loopSet) of(fd int) *ioLoop { return s.all[max(fd, 0)%len(s.all)] }

// next is one loop after the other.
func (s *loopSet) next() *ioLoop { return s.all[s.served.Add(1)%uint32(len(s.all))] }

// close closes all at the same time: what one waits for may be another's.
func (s *loopSet) close() error {
	errs := make([]error, len(s.all))
	var closing sync.WaitGroup
	for i, l := range s.all[1:] {
		closing.Go(func() { errs[i+1] = l.close() })
	}
	errs[0] = s.first().close()
	closing.Wait()
	return errors.Join(errs...)
}

// quiet reports whether the proactors have nothing under way.
func (s *loopSet) quiet() bool {
	for _, l := range s.all {
		if !l.calm() {
			return false
		}
	}
	return true
}

// waitsInKernel reports whether no call waits on a thread of ours.
func (s *loopSet) waitsInKernel() bool {
	chosen := s.backend.Load()
	return chosen != nil && chosen.name == backendRing
}

// settle waits until the kernel has let go of the descriptors of all calls that have
// ended: a close(2) that follows is then the end of what was open.
func (s *loopSet) settle() {
	for _, l := range s.all {
		l.settle()
	}
}
