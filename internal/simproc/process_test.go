//go:build unix

package simproc

import (
	"context"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/race"
)

// A scenario is what a seed of TestSeeds does, in a bubble.
type scenario struct {
	name string
	do   func(t *testing.T, p *Page)
}

var scenarios = []scenario{
	{"passes", func(t *testing.T, p *Page) { time.Sleep(time.Hour); p.Events.Add(1); p.Now.Store(int64(time.Hour)) }},
	{"fails", func(t *testing.T, p *Page) { t.Fatal("it is wrong") }},
	{"panics", func(t *testing.T, p *Page) {
		p.AddFault(1)
		p.AddFault(2)
		p.AddLine("the last words")
		panic("oh dear")
	}},
	{"holds a mutex across time", func(t *testing.T, p *Page) { holdAcrossTime() }},
	{"holds a store's mutex", func(t *testing.T, p *Page) { new(store).sync() }},
	{"waits for a channel from outside", func(t *testing.T, p *Page) { <-outside }},
	{"spins in a host", func(t *testing.T, p *Page) {
		pprof.Do(t.Context(), pprof.Labels(HostLabel, "n1"), func(context.Context) { spin(func() bool { return time.Now().Year() > 0 }) })
	}},
	{"works in a host", func(t *testing.T, p *Page) {
		pprof.Do(t.Context(), pprof.Labels(HostLabel, "n1"), func(context.Context) {
			spin(func() bool { p.Works.Add(1); return cpuTime() < spinAfter+time.Second })
		})
	}},
	{"spins without a call", func(t *testing.T, p *Page) {
		for i := 0; i >= 0; {
			i &= 1
		}
	}},
	{"computes", func(t *testing.T, p *Page) { spin(func() bool { return time.Now().Year() > 0 }) }},
	{"draws", draws},
	{"waits for itself", func(t *testing.T, p *Page) { <-make(chan int) }},
}

var outside = make(chan int)

// cpuTime is how long the process has used the processor, whatever time a bubble has.
func cpuTime() time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// A store holds its mutex across a sync, as many do.
type store struct {
	mu   sync.Mutex
	size int
}

func (s *store) grow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.size++
}

func (s *store) sync() {
	s.grow() // takes the mutex, and gives it back
	s.mu.Lock()
	defer s.mu.Unlock()
	go s.grow()
	time.Sleep(time.Second)
}

//go:noinline
func spin(more func() bool) {
	for more() {
	}
}

// TestSeeds is what children run.
func TestSeeds(t *testing.T) {
	if !IsChild() {
		t.Skip("it is run by children of the other tests")
	}
	c, err := Attach()
	if err != nil {
		t.Fatal(err)
	}
	c.Prepare(t)
	var report *Report
	defer func() {
		if t.Failed() {
			report = &Report{Failed: true}
		}
		c.Finish(report)
	}()
	synctest.Test(t, func(t *testing.T) { scenarios[c.Task.Seed].do(t, c.Page) })
	report = &Report{}
}

func seedOf(name string) uint64 {
	return uint64(slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name }))
}

// run runs a scenario in a child.
func run(t *testing.T, name string, task Task) *Outcome {
	t.Helper()
	task.Seed = seedOf(name)
	o, err := (&Parent{Pattern: "^TestSeeds$", ComputeMax: 4 * time.Second}).Run(t.Context(), task)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestChildPasses(t *testing.T) {
	o := run(t, "passes", Task{})
	if o.Failed() || o.Stall != "" || o.Events != 1 || o.Now != time.Hour || o.Err != nil {
		t.Errorf("outcome is %+v", o)
	}
}

func TestChildFails(t *testing.T) {
	o := run(t, "fails", Task{})
	if !o.Failed() || o.Report == nil || !strings.Contains(o.Output, "it is wrong") {
		t.Errorf("outcome is %+v", o)
	}
}

func TestChildPanics(t *testing.T) {
	o := run(t, "panics", Task{})
	if !o.Failed() || o.Report != nil || !strings.Contains(o.Output, "oh dear") {
		t.Errorf("outcome is %+v", o)
	}
	if !slices.Equal(o.Faults, []uint64{1, 2}) || strings.Join(o.Journal, " ") != "the last words" {
		t.Errorf("of a child that panicked there are left %v and %q", o.Faults, o.Journal)
	}
}

func TestChildDeadlocks(t *testing.T) {
	o := run(t, "waits for itself", Task{})
	if !o.Failed() || !strings.Contains(o.Output, "deadlock") {
		t.Errorf("outcome is %+v", o)
	}
}

// mutexesPass skips where a child would stall.
func mutexesPass(t *testing.T, o *Outcome) {
	if o.NoTable != "" {
		t.Skipf("mutexes are not passed over: %s", o.NoTable)
	}
}

func TestClockPassesMutexes(t *testing.T) {
	o := run(t, "holds a mutex across time", Task{})
	mutexesPass(t, o)
	if o.Failed() {
		t.Errorf("outcome is %+v", o)
	}
}

func TestStallsAreTold(t *testing.T) {
	for _, c := range []struct {
		scenario string
		want     []string
	}{
		{"holds a store's mutex", []string{"wait for a mutex", "s.mu, waited for at", "(*store).grow", "guess from the source", "(*store).sync"}},
		{"waits for a channel from outside", []string{"outside of the simulation", "process_test.go"}},
		{"spins in a host", []string{"without a pause", "simproc.spin", "of host n1"}},
		{"spins without a call", []string{"without ever calling a function", "process_test.go"}},
		{"computes", []string{"without a pause", "simproc.spin"}},
	} {
		t.Run(c.scenario, func(t *testing.T) {
			if c.scenario == "spins in a host" && strings.HasPrefix(runtime.Version(), "go1.25") {
				t.Skip("stacks have labels from Go 1.26 on")
			}
			t.Parallel()
			o := run(t, c.scenario, Task{BlockMutexes: true})
			for _, want := range c.want {
				if !strings.Contains(o.Stall, want) {
					t.Errorf("the report lacks %q:\n%s", want, o.Stall)
				}
			}
		})
	}
}

// TestLongWorkIsNoStall holds that a program may work for long at one instant.
func TestLongWorkIsNoStall(t *testing.T) {
	p := Parent{Pattern: "^TestSeeds$"}
	o, err := p.Run(t.Context(), Task{Seed: seedOf("works in a host")})
	if err != nil {
		t.Fatal(err)
	}
	if o.Failed() || o.Stall != "" {
		t.Errorf("outcome is %+v", o)
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, os.ErrDeadlineExceeded)
	defer cancel()
	p := Parent{Pattern: "^TestSeeds$"}
	if _, err := p.Run(ctx, Task{Seed: seedOf("computes")}); err != os.ErrDeadlineExceeded {
		t.Errorf("error is %v", err)
	}
}

func TestPageKeepsTheLastLines(t *testing.T) {
	p := NewPage()
	line := strings.Repeat("x", 99)
	for range 2 * journalSize / 100 {
		p.AddLine(line)
	}
	p.AddLine("last")
	all := p.Journal()
	if n := len(all); n < journalSize/100-2 || all[n-1] != "last" || all[0] != line || all[n-2] != line {
		t.Errorf("%d lines, from %q to %q", n, all[0], all[n-1])
	}
}

func TestPageCountsWhatItHasNoRoomFor(t *testing.T) {
	p := NewPage()
	for range faultsMax + 5 {
		p.AddFault(7)
	}
	if ids, lost := p.Faults(); len(ids) != faultsMax || lost != 5 {
		t.Errorf("%d faults and %d more", len(ids), lost)
	}
}

func TestChanceOfTheRuntimeIsSeeded(t *testing.T) {
	var first *Outcome
	counts, replays := map[string]int{}, 10
	for range replays {
		task := Task{}
		if first != nil {
			task.Chance = first.Chance
		}
		o := run(t, "draws", task)
		if o.Unseeded != nil {
			t.Skipf("the child could not be traced: %v", o.Unseeded)
		}
		if first == nil {
			first = o
		}
		if race.Enabled {
			continue // the detector has the scheduler draw on the same chance
		}
		if o.Chance == first.Chance {
			counts[o.Journal[0]]++
		}
		if o.Chance != first.Chance {
			t.Logf("after %d starts the chance was another", startsMax)
		}
	}
	same := 0
	for _, n := range counts {
		same = max(same, n)
	}
	t.Logf("the same draws %d times of %d", same, replays)
	if same < 3 && !race.Enabled { // all on a quiet machine; else a goroutine may move to a thread with other chance
		t.Errorf("the same draws %d times of %d", same, replays)
	}
}

// draws notes what comes of chance that the program did not seed.
func draws(_ *testing.T, p *Page) {
	var order strings.Builder
	for k := range map[int]int{1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 7: 7, 8: 8, 9: 9} {
		order.WriteString(strconv.Itoa(k))
	}
	a, b := make(chan int, 100), make(chan int, 100)
	for range 100 {
		a <- 1
		b <- 2
	}
	for range 100 {
		select {
		case <-a:
			order.WriteString("a")
		case <-b:
			order.WriteString("b")
		}
	}
	p.AddLine(fmt.Sprint(order.String(), rand.Uint64(), maphash.String(maphash.MakeSeed(), "x")))
}
