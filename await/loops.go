package await

import (
	"errors"
	"runtime"
	"sync"

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

// processors are those that Go uses and the system has.
func processors() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// newIO makes an IO, and as many beside it as it has loops. Each serves the
// descriptors whose numbers are its own: all operations on one meet in one proactor,
// and so does the close. Only those of File.call may be with several, and a File's
// close waits for them.
func newIO(config proactor.Config, reopens bool) *IO {
	if config.IdleTimeout > 0 {
		config.IdleTimeout = max(config.IdleTimeout, idleLeast)
	}
	io := &IO{config: config, reopens: reopens}
	if n := loopsOf(config, processors()); n > 1 {
		io.loops = make([]*IO, n)
		io.loops[0] = io
		for i := 1; i < n; i++ {
			io.loops[i] = &IO{config: config, reopens: reopens, loops: io.loops}
		}
	}
	return io
}

// startLoops starts the loops of io: all of them, so that no goroutine begins later
// that a leak detector would take for new, or the first if they come and go as they
// are needed.
func (io *IO) startLoops() error {
	if _, err := io.engine(); err != nil || io.config.IdleTimeout > 0 {
		return err
	}
	for _, other := range io.loops {
		if _, err := other.engine(); err != nil {
			return errors.Join(err, io.Close())
		}
	}
	return nil
}

// newEngine is an engine of io's own. All of an IO, the later ones too, are on the
// backend of the first of them: a listening socket is made for one.
//
// Where the engine cannot be had, as where the process has all the descriptors it may
// have, the first loop's serves in its place. It does until it ends, and then has
// nothing under way: no descriptor's operations are with two.
func (io *IO) newEngine() (*engine, error) {
	first, config := io.first(), io.config
	if chosen := first.backend.Load(); chosen != nil {
		config.Backend = chosen.name
	}
	e, err := newEngine(config)
	if err != nil && config.Backend != io.config.Backend && io == first {
		e, err = newEngine(io.config) // it ran before, and is forbidden now
		first.backend.Store(nil)
	}
	switch {
	case err == nil:
		first.backend.CompareAndSwap(nil, &choice{e.p.Backend(), e.p.BackendsPassed()})
	case io != first:
		return first.engine()
	}
	return e, err
}

// first is the loop of what belongs to none, and to all of them.
func (io *IO) first() *IO {
	if io.loops == nil {
		return io
	}
	return io.loops[0]
}

// of is the loop of a descriptor; of none, the first.
func (io *IO) of(fd int) *IO {
	if io.loops == nil {
		return io
	}
	return io.loops[max(fd, 0)%len(io.loops)]
}

// closeLoops closes all at the same time: what one waits for may be another's.
func (io *IO) closeLoops() error {
	errs := make([]error, len(io.loops))
	var closing sync.WaitGroup
	for i, loop := range io.loops {
		closing.Go(func() { errs[i] = loop.close() })
	}
	closing.Wait()
	return errors.Join(errs...)
}
