package local

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/bench/internal/latency"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A call is one operation of the i-th of the goroutines that make them.
type call func(i int) error

// A caller makes calls until begin is d ago, and tells how many.
type caller func(i int, begin time.Time, d time.Duration) (int64, error)

// timed has size goroutines make calls, one after the other, and takes the time
// of each call.
func timed(size int, c call) runner {
	recorders := make([]*latency.Recorder, size)
	for i := range recorders {
		recorders[i] = latency.NewRecorder(2)
	}
	return func(d time.Duration) (wire.Window, error) {
		for _, r := range recorders {
			r.Reset()
		}
		w, err := together(size, d, func(i int, begin time.Time, d time.Duration) (int64, error) {
			return record(recorders[i], begin, d, func() error { return c(i) })
		})
		for _, r := range recorders[1:] {
			recorders[0].Merge(r)
		}
		w.Micros = recorders[0].Micros()
		return w, err
	}
}

func record(r *latency.Recorder, begin time.Time, d time.Duration, c func() error) (ops int64, err error) {
	last := time.Since(begin)
	for ; last < d; ops++ {
		if err := c(); err != nil {
			return ops, err
		}
		now := time.Since(begin)
		r.Record(now - last)
		last = now
	}
	return ops, nil
}

// stretch is how many calls counted makes between two looks at the clock, each
// of which takes a tenth of what the quickest call does.
const stretch = 16

// counted is timed without the time of each call, for calls that take less than
// a microsecond.
func counted(size int, c call) runner {
	return func(d time.Duration) (wire.Window, error) {
		return together(size, d, func(i int, begin time.Time, d time.Duration) (ops int64, err error) {
			for time.Since(begin) < d {
				for range stretch {
					if err := c(i); err != nil {
						return ops, err
					}
				}
				ops += stretch
			}
			return ops, nil
		})
	}
}

// together runs size callers at the same time.
func together(size int, d time.Duration, run caller) (wire.Window, error) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var w wire.Window
	var failed error
	begin := time.Now()
	for i := range size {
		wg.Go(func() {
			ops, err := run(i, begin, d)
			mu.Lock()
			defer mu.Unlock()
			w.Ops += ops
			if failed == nil {
				failed = err
			}
		})
	}
	wg.Wait()
	w.Elapsed = time.Since(begin)
	return w, failed
}
