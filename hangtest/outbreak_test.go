package hangtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
)

// A bystander makes calls on a disk all the while.
type bystander struct {
	stop chan struct{}
	done sync.WaitGroup
	took []time.Duration
	bad  error
}

func newBystander(aio *await.IO, name string) *bystander {
	b := &bystander{stop: make(chan struct{})}
	b.done.Go(func() {
		for {
			select {
			case <-b.stop:
				return
			case <-time.After(time.Millisecond):
			}
			began := time.Now()
			if _, err := briefly(patience, func(ctx context.Context) error { _, err := aio.StatContext(ctx, name); return err }); err != nil {
				b.bad = err
			}
			b.took = append(b.took, time.Since(began))
		}
	})
	return b
}

// end is the slowest hundredth, and the slowest.
func (b *bystander) end(t *testing.T) (p99, slowest time.Duration) {
	close(b.stop)
	b.done.Wait()
	must(t, b.bad)
	slices.Sort(b.took)
	return b.took[len(b.took)*99/100], b.took[len(b.took)-1]
}

// 10,000 calls of 100 ms on a dead mount take few threads and hold up nobody; most of them are
// refused at once, by an error that names the mount. Thawed, everything is well again. The threads
// are those of 64 calls under way when it died, of 16 more, and some of the runtime's own.
func TestOutbreak(t *testing.T) {
	const calls, callers, threadsMax = 10_000, 100, 64 + 16 + 8
	s := newServer(t)
	aio := open(t, await.Config{})
	disk := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(disk, nil, 0o600))
	before := newBystander(aio, disk)
	time.Sleep(time.Second)
	p99, slowest := before.end(t)
	t.Logf("a stat of a disk before: p99 %v, slowest %v", p99, slowest)

	s.freeze()
	during := newBystander(aio, disk)
	had, most := threads(t), 0
	var made, refused, left atomic.Int64
	var slowestRefusal atomic.Int64
	kinds := []func(ctx context.Context) error{}
	for _, name := range []string{"Stat", "Statfs", "ReadDir", "Open"} {
		kinds = append(kinds, pathCalls(aio, s)[name])
	}
	began := time.Now()
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for n := made.Add(1); n <= calls; n = made.Add(1) {
				start := time.Now()
				_, err := briefly(100*time.Millisecond, kinds[n%int64(len(kinds))])
				took := time.Since(start)
				var stuck *await.StuckError
				switch {
				case errors.As(err, &stuck):
					refused.Add(1)
					if stuck.Mount != s.at || stuck.Type != "fuse.hang" || stuck.Source != "hangtest" || stuck.Stuck < 16 {
						t.Errorf("%+v", stuck)
					}
					for was := slowestRefusal.Load(); int64(took) > was && !slowestRefusal.CompareAndSwap(was, int64(took)); was = slowestRefusal.Load() {
					}
					time.Sleep(5 * time.Millisecond) // a caller that tries again
				case errors.Is(err, await.ErrLeft):
					left.Add(1)
				case !errors.Is(err, context.DeadlineExceeded):
					t.Errorf("call %d: %v", n, err)
				}
			}
		})
	}
	watched := make(chan struct{})
	go func() { all.Wait(); close(watched) }()
	for going := true; going; {
		select {
		case <-watched:
			going = false
		case <-time.After(10 * time.Millisecond):
			most = max(most, threads(t)-had)
		}
	}
	m := stateOf(aio, s)
	t.Logf("%d calls in %v: %d refused, %d left, at most %d threads more; %+v", calls, time.Since(began).Round(time.Millisecond), refused.Load(), left.Load(), most, m)
	p99, slowest = during.end(t)
	t.Logf("a stat of a disk meanwhile: p99 %v, slowest %v; the slowest refusal, after a wait in line, took %v", p99, slowest, time.Duration(slowestRefusal.Load()))
	if most > threadsMax || refused.Load() < calls/2 || m.Health == await.MountWell {
		t.Errorf("%d threads more, %d refused, %+v", most, refused.Load(), m)
	}
	thawed := time.Now()
	s.thaw()
	eventually(t, "a stat succeeds", func() bool {
		_, err := briefly(time.Second, func(ctx context.Context) error { _, err := aio.StatContext(ctx, s.path("file")); return err })
		return err == nil
	})
	t.Logf("a stat succeeds %v after", time.Since(thawed))
	eventually(t, "no call is under way", func() bool { return idle(aio, s) && stateOf(aio, s).Health == await.MountWell })
	t.Logf("all is well %v after", time.Since(thawed))
}

// When the server dies the kernel fails its calls, and another mount in its place has calls at
// once.
func TestDeathAndRemount(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{StuckAfter: brief})
	s.freeze()
	stuck := func() bool {
		_, err := briefly(brief, func(ctx context.Context) error { _, err := aio.StatContext(ctx, s.path("file")); return err })
		return errors.Is(err, await.ErrStuck)
	}
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() { stuck() })
	}
	callers.Wait()
	eventually(t, "calls are refused", stuck)
	s.stop()
	eventually(t, "the calls that were left end", func() bool { return idle(aio, s) })
	s.start()
	_, err := aio.Stat(s.path("file"))
	must(t, err)
}
