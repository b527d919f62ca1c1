package local

import (
	"math/rand/v2"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/wire"
	"github.com/awaitio/awaitio/timeout"
)

// A timer is package time's or ours.
type timer interface{ Stop() bool }

// timers sets Count timers, none of which is ever due, and then stops all of
// them, again and again.
func timers(s wire.Spec, io *await.IO) (runner, error) {
	set := func(d time.Duration) (timer, error) { return time.AfterFunc(d, func() {}), nil }
	if io != nil {
		p, err := io.ProactorOf(-1)
		if err != nil {
			return nil, err
		}
		set = func(d time.Duration) (timer, error) { return timeout.AfterFunc(p, d, func() {}) }
	}
	all := make([]timer, s.Count)
	durations := make([]time.Duration, s.Count)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range durations {
		// No order in them: a queue may not live on that.
		durations[i] = time.Hour + time.Duration(random.Int64N(int64(time.Hour)))
	}
	return func(d time.Duration) (wire.Window, error) { return setAndStop(set, all, durations, d) }, nil
}

func setAndStop(set func(time.Duration) (timer, error), all []timer, durations []time.Duration, d time.Duration) (wire.Window, error) {
	var setting, stopping time.Duration
	passes := 0
	for ; passes == 0 || setting+stopping < d; passes++ {
		begin := time.Now()
		for i, duration := range durations {
			var err error
			if all[i], err = set(duration); err != nil {
				return wire.Window{}, err
			}
		}
		setting += time.Since(begin)
		begin = time.Now()
		for _, t := range all {
			t.Stop()
		}
		stopping += time.Since(begin)
	}
	each := func(d time.Duration) float64 { return float64(d) / float64(passes*len(all)) }
	return wire.Window{
		Ops:     int64(passes * len(all)),
		Elapsed: setting + stopping,
		Values:  map[string]float64{"set": each(setting), "stop": each(stopping), "setstop": each(setting + stopping)},
	}, nil
}
