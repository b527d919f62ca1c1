package hangtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
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

// An outbreak is many callers with 100 ms each, on a mount that has just died.
type outbreak struct {
	refused, left, slowest atomic.Int64 // calls; the longest refusal, in nanoseconds
	most                   int          // threads more than there were
}

// run makes the calls, each kind in turn, and checks how each ends.
func (o *outbreak) run(t *testing.T, s *server, calls int64, kinds []func(ctx context.Context) error) {
	const callers = 100
	var made atomic.Int64
	var all sync.WaitGroup
	had, ended := threads(t), make(chan struct{})
	for range callers {
		all.Go(func() {
			for n := made.Add(1); n <= calls; n = made.Add(1) {
				start := time.Now()
				_, err := briefly(100*time.Millisecond, kinds[n%int64(len(kinds))])
				o.count(t, s, err, time.Since(start))
			}
		})
	}
	go func() { all.Wait(); close(ended) }()
	for {
		select {
		case <-ended:
			return
		case <-time.After(10 * time.Millisecond):
			o.most = max(o.most, threads(t)-had)
		}
	}
}

// count counts a call that ended with err.
func (o *outbreak) count(t *testing.T, s *server, err error, took time.Duration) {
	var stuck *await.StuckError
	switch {
	case errors.As(err, &stuck):
		o.refused.Add(1)
		// One is enough where all places are taken and none has come back for StuckAfter.
		if stuck.Mount != s.at || stuck.Type != "fuse.hang" || stuck.Source != "hangtest" || stuck.Stuck < 1 {
			t.Errorf("%+v", stuck)
		}
		for was := o.slowest.Load(); int64(took) > was && !o.slowest.CompareAndSwap(was, int64(took)); was = o.slowest.Load() {
		}
		time.Sleep(5 * time.Millisecond) // a caller that tries again
	case errors.Is(err, await.ErrLeft):
		o.left.Add(1)
	case !errors.Is(err, context.DeadlineExceeded):
		t.Error(err)
	}
}

// outbreakKinds are the calls that monitors make, on the mount by the name at.
func outbreakKinds(aio *await.IO, s *server, at string) (kinds []func(ctx context.Context) error) {
	named := *s
	named.at = at
	for _, name := range []string{"Stat", "Statfs", "ReadDir", "Open"} {
		kinds = append(kinds, pathCalls(aio, &named)[name])
	}
	return kinds
}

// 10,000 calls of 100 ms on a dead mount take few threads and hold up nobody; most of them are
// refused at once, by an error that names the mount. Thawed, everything is well again.
//
// By the mount's own name calls have 16 threads, and one more for each try. Through a symbolic
// link as many have begun before one is late and the mount is known, and at most as many begin while
// these are moved there. The runtime's own come on top.
func TestOutbreak(t *testing.T) {
	const tries, others = 2, 8
	for name, test := range map[string]struct {
		by   func(t *testing.T, s *server) string
		held int
	}{
		"by its name":    {func(_ *testing.T, s *server) string { return s.at }, 16 + tries},
		"through a link": {linkTo, 16 + 16 + tries},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			aio := open(t, await.Config{})
			disk := filepath.Join(t.TempDir(), "file")
			must(t, os.WriteFile(disk, nil, 0o600))
			kinds := outbreakKinds(aio, s, test.by(t, s))
			before := newBystander(aio, disk)
			time.Sleep(time.Second)
			p99, slowest := before.end(t)
			t.Logf("a stat of a disk before: p99 %v, slowest %v", p99, slowest)

			s.freeze()
			during, began, o := newBystander(aio, disk), time.Now(), new(outbreak)
			o.run(t, s, 10_000, kinds)
			took := time.Since(began)
			p99, slowest = during.end(t)
			time.Sleep(time.Until(began.Add(2 * time.Second)))
			m, held := stateOf(aio, s), leastHeld(t, test.held)
			t.Logf("10,000 calls in %v: %d refused, %d left; at most %d threads more, %d held after 2 s; %+v",
				took.Round(time.Millisecond), o.refused.Load(), o.left.Load(), o.most, held, m)
			t.Logf("a stat of a disk meanwhile: p99 %v, slowest %v; the slowest refusal, after a wait in line, %v", p99, slowest, time.Duration(o.slowest.Load()))
			if o.most > test.held+others || held > test.held || o.refused.Load() < 5_000 || m.Health == await.MountWell {
				t.Errorf("at most %d threads more, %d held, %d refused, %+v", o.most, held, o.refused.Load(), m)
			}
			s.recovers(aio)
		})
	}
}

func linkTo(t *testing.T, s *server) string {
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(s.at, link))
	return link
}

// recovers thaws s, and waits until all is well.
func (s *server) recovers(aio *await.IO) {
	s.t.Helper()
	thawed := time.Now()
	s.thaw()
	eventually(s.t, "a stat succeeds", func() bool {
		_, err := briefly(time.Second, func(ctx context.Context) error { _, err := aio.StatContext(ctx, s.path("file")); return err })
		return err == nil
	})
	s.t.Logf("a stat succeeds %v after", time.Since(thawed))
	eventually(s.t, "no call is under way", func() bool { return idle(aio, s) && stateOf(aio, s).Health == await.MountWell })
	s.t.Logf("all is well %v after", time.Since(thawed))
}

// What it takes to be refused.
func BenchmarkRefusal(b *testing.B) {
	s := newServer(b)
	aio := open(b, await.Config{StuckMax: 16, StuckAfter: brief})
	s.freeze()
	refused := func() bool {
		_, err := briefly(brief, func(ctx context.Context) error { _, err := aio.StatContext(ctx, s.path("file")); return err })
		return errors.Is(err, await.ErrStuck)
	}
	var callers sync.WaitGroup
	for range 20 {
		callers.Go(func() { refused() })
	}
	callers.Wait()
	eventually(b, "calls are refused", refused)
	ctx := b.Context()
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		_, err := aio.StatContext(ctx, s.path("file"))
		took = append(took, time.Since(began))
		if !errors.Is(err, await.ErrStuck) {
			b.Fatal(err)
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
	s.thaw()
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

// A mount that follows another in its place has a lane of its own, even where the kernel gives it the same
// numbers: nothing that the old one did counts against it.
func TestRemountBeginsAnew(t *testing.T) {
	s := newServer(t)
	aio := open(t, await.Config{})
	const calls = 50
	eventually(t, "the mount has calls", func() bool {
		_, err := aio.Stat(s.path("file"))
		must(t, err)
		return stateOf(aio, s).Begun > calls
	})
	was := numbersOf(t, s)
	s.stop()
	s.start()
	now := numbersOf(t, s)
	t.Logf("mount and device were %s, and are %s", was, now)
	eventually(t, "the new mount has its own counts", func() bool {
		_, err := aio.Stat(s.path("file"))
		must(t, err)
		m := stateOf(aio, s)
		return m.Begun > 0 && m.Begun <= calls && m.Health == await.MountWell
	})
	f, err := aio.Open(s.path("file"))
	must(t, err)
	defer f.Close()
	begun := stateOf(aio, s).Begun
	_, err = f.ReadAt(make([]byte, 1), 0)
	must(t, err)
	if m := stateOf(aio, s); m.Begun != begun+1 {
		t.Errorf("a read made of %d calls %d", begun, m.Begun)
	}
}

// numbersOf are what mountinfo calls the mount of s, and its device.
func numbersOf(t *testing.T, s *server) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/mountinfo")
	must(t, err)
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[4] == s.at {
			return f[0] + " " + f[2]
		}
	}
	t.Fatal("it is not mounted")
	return ""
}
