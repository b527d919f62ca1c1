//go:build unix

package fdcall

import (
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// The counts of an IO only grow, though its engines end when they are idle and others
// begin.
func TestStatsOnlyGrow(t *testing.T) {
	for name, loops := range map[string]int{"one loop": 1, "three loops": 3} {
		t.Run(name, func(t *testing.T) {
			s := open(t, proactor.Config{Loops: loops, IdleTimeout: time.Millisecond})
			looking, stop := make(chan bool), make(chan bool)
			go func() {
				defer close(looking)
				for last := s.Stats(); ; {
					now := s.Stats()
					wantGrown(t, last, now)
					last = now
					select {
					case <-stop:
						return
					default:
					}
				}
			}()
			const engines, calls, goroutines = 5, 20, 3
			for range engines {
				before := s.First().current.Load()
				var calling sync.WaitGroup
				for range goroutines {
					calling.Go(func() {
						for range calls {
							must(t, nop(s))
						}
					})
				}
				calling.Wait()
				if before != nil {
					testutil.Eventually(t, patience, func() bool { return ended(s) }, "idle end")
				}
			}
			close(stop)
			<-looking
			if got := s.Stats(); got.Completed < engines*calls*goroutines {
				t.Errorf("%d operations completed of %d", got.Completed, engines*calls*goroutines)
			}
		})
	}
}

// ended reports whether all engines of s have ended.
func ended(s *Loops) bool {
	for _, loop := range s.all {
		if e := loop.current.Load(); e != nil {
			select {
			case <-e.ended:
			default:
				return false
			}
		}
	}
	return true
}

func wantGrown(t *testing.T, last, now proactor.Stats) {
	t.Helper()
	for name, pair := range map[string][2]uint64{
		"Submitted": {last.Submitted, now.Submitted}, "Completed": {last.Completed, now.Completed},
		"Canceled": {last.Canceled, now.Canceled}, "TimedOut": {last.TimedOut, now.TimedOut},
		"Abandoned": {last.Abandoned, now.Abandoned}, "SystemCalls": {last.SystemCalls, now.SystemCalls},
		"WakeUps": {last.WakeUps, now.WakeUps}, "Overflows": {last.Overflows, now.Overflows},
		"Left": {last.Left, now.Left}, "Late": {last.Late, now.Late}, "Refused": {last.Refused, now.Refused},
	} {
		if pair[1] < pair[0] {
			t.Errorf("%s went from %d to %d", name, pair[0], pair[1])
		}
	}
	for i := range last.BatchSizes {
		if now.BatchSizes[i] < last.BatchSizes[i] {
			t.Errorf("BatchSizes[%d] went from %d to %d", i, last.BatchSizes[i], now.BatchSizes[i])
		}
	}
}
