package local

import (
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/contender"
	"github.com/awaitio/awaitio/bench/internal/latency"
	"github.com/awaitio/awaitio/bench/internal/wire"
	"github.com/awaitio/awaitio/timeout"
)

// late is how late timers of a millisecond are, one after the other, while Conns
// connections of ours echo as fast as they can. Beside package time they are on io_uring.
func late(s wire.Spec, io *await.IO) (runner, error) {
	start := func(f func()) error { time.AfterFunc(timerLength, f); return nil }
	if io == nil {
		var err error
		if io, _, err = contender.IO(contender.Ring, s.Loops); err != nil {
			return nil, err
		}
	} else {
		p, err := io.ProactorOf(-1)
		if err != nil {
			return nil, err
		}
		start = func(f func()) error { _, err := timeout.AfterFunc(p, timerLength, f); return err }
	}
	busy, err := within(s, io)
	if err != nil {
		return nil, err
	}
	return func(d time.Duration) (wire.Window, error) {
		ended := make(chan error, 1)
		go func() { _, err := busy(d); ended <- err }()
		w, err := lateness(start, d)
		if failed := <-ended; err == nil {
			err = failed
		}
		return w, err
	}, nil
}

const timerLength = time.Millisecond

// lateness sets one timer after the other for d.
func lateness(start func(f func()) error, d time.Duration) (wire.Window, error) {
	recorder := latency.NewRecorder(3)
	fired := make(chan time.Time, 1)
	w := wire.Window{}
	begin := time.Now()
	for time.Since(begin) < d {
		due := time.Now().Add(timerLength)
		if err := start(func() { fired <- time.Now() }); err != nil {
			return w, err
		}
		recorder.Record((<-fired).Sub(due))
		w.Ops++
	}
	w.Elapsed = time.Since(begin)
	w.Micros = recorder.Micros()
	return w, nil
}
