package await

import (
	"errors"
	"sync"

	"github.com/awaitio/awaitio/proactor"
)

// startLoops starts io, and as many beside it as Config.Loops says. Each serves the
// descriptors whose numbers are its own: all operations on one meet in one proactor,
// and so does the close.
func (io *IO) startLoops() error {
	n := io.config.Loops
	if n > 1 {
		io.loops = make([]*IO, n)
		io.loops[0] = io
		for i := 1; i < n; i++ {
			io.loops[i] = &IO{config: io.config, loops: io.loops}
		}
	}
	if _, err := io.engine(); err != nil {
		return err
	}
	for _, other := range io.loops {
		if _, err := other.engine(); err != nil {
			return errors.Join(err, io.Close())
		}
	}
	return nil
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

func (io *IO) statsOfLoops() (sum proactor.Stats) {
	for _, loop := range io.loops {
		s := loop.stats()
		sum.Queued += s.Queued
		sum.InFlight += s.InFlight
		sum.Stuck += s.Stuck
		sum.Submitted += s.Submitted
		sum.Completed += s.Completed
		sum.Canceled += s.Canceled
		sum.TimedOut += s.TimedOut
		sum.Abandoned += s.Abandoned
		sum.SystemCalls += s.SystemCalls
		sum.WakeUps += s.WakeUps
		sum.Overflows += s.Overflows
		for i, n := range s.BatchSizes {
			sum.BatchSizes[i] += n
		}
	}
	return sum
}
