//go:build unix

package await

import (
	"bytes"
	"context"
	goio "io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

const testLoops = 3

// Connections and files of all loops work side by side, and all loops have some.
func TestLoopsServeWhatIsTheirs(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	l := listenOn(t, io, "tcp4")
	const conns = 4 * testLoops
	var echoes sync.WaitGroup
	echoes.Go(func() {
		for range conns {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
				return
			}
			echoes.Go(func() {
				defer c.Close()
				if _, err := goio.Copy(c, c); err != nil {
					t.Error(err)
				}
			})
		}
	})
	for i := range conns {
		echoes.Go(func() {
			c, err := io.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			message, got := bytes.Repeat([]byte{byte(i)}, 100<<10), make([]byte, 100<<10)
			echoes.Go(func() {
				if _, err := c.Write(message); err != nil {
					t.Error(err)
				}
			})
			if _, err := goio.ReadFull(c, got); err != nil || !bytes.Equal(got, message) {
				t.Errorf("the echo is another, or %v", err)
			}
		})
	}
	echoes.Wait()
	var sum uint64
	for i, loop := range io.loops.All {
		s := statsOf(loop)
		if s.Completed == 0 {
			t.Errorf("loop %d has done nothing", i)
		}
		sum += s.Completed
	}
	if got := io.Stats().Completed; got < sum {
		t.Errorf("Stats counts %d operations of %d", got, sum)
	}
}

// othersServing counts the loops but home that have served since.
func othersServing(io *IO, home *fdcall.Loop) func() int {
	before := make(map[*fdcall.Loop]uint64)
	for _, loop := range io.loops.All {
		before[loop] = statsOf(loop).Completed
	}
	return func() (serve int) {
		for _, loop := range io.loops.All {
			if loop != home && statsOf(loop).Completed > before[loop]+10 { // each does something when it starts
				serve++
			}
		}
		return serve
	}
}

// Calls on no descriptor are the first loop's, until it has many of them.
func TestLoopsShareCallsOnNoDescriptor(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	others := othersServing(io, io.loops.First())
	for range 100 {
		must(t, io.Nop(background))
	}
	if n := others(); n > 0 {
		t.Errorf("%d other loops serve a caller that is alone", n)
	}
	var callers sync.WaitGroup
	var over atomic.Bool
	for range 64 {
		callers.Go(func() {
			for !over.Load() {
				if err := io.Nop(background); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	testutil.Eventually(t, patience, func() bool { return others() == testLoops-1 }, "all loops serve many callers")
	over.Store(true)
	callers.Wait()
}

func TestLoopsFuturesAreAwaitedTogether(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	var pending []Pending
	var peers []*Conn
	for range testLoops + 1 {
		a, b := pairOn(t, io, "unix")
		peers = append(peers, b)
		pending = append(pending, io.Async().Recv(a.d.FD, make([]byte, 1), 0))
	}
	ctx := context.Background()
	_, err := peers[1].Write([]byte("x"))
	must(t, err)
	first, err := Race(ctx, pending...)
	must(t, err)
	if first != 1 {
		t.Errorf("future %d was first", first)
	}
	for _, c := range peers {
		c.Close()
	}
}

// A descriptor's number comes again in the loop it belongs to: each write meets its
// own file.
func TestLoopsFilesWhoseNumbersComeAgain(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	dir := t.TempDir()
	var writers sync.WaitGroup
	for g := range 4 {
		writers.Go(func() {
			name := filepath.Join(dir, string('a'+rune(g)))
			for i := range 50 {
				want := bytes.Repeat([]byte{byte(g*50 + i)}, 100)
				f, err := io.Create(name)
				if err != nil {
					t.Error(err)
					return
				}
				_, err = f.Write(want)
				if closeErr := f.Close(); err != nil || closeErr != nil {
					t.Error(err, closeErr)
					return
				}
				if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
					t.Errorf("the file has something else, or %v", err)
					return
				}
			}
		})
	}
	writers.Wait()
}

func TestLoopsCloseEndsAll(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	var reads []<-chan outcome
	for range testLoops {
		a, b := pairOn(t, io, "tcp4")
		for _, c := range []*Conn{a, b} {
			reads = append(reads, later(func() (int, error) { return c.Read(make([]byte, 1)) }))
		}
	}
	waitUnderWay(t, io, len(reads))
	must(t, io.Close())
	for _, r := range reads {
		wantIs(t, receive(t, r, "end of a read").err, net.ErrClosed)
	}
	_, err := io.Dial("tcp", "127.0.0.1:1")
	wantIs(t, err, net.ErrClosed)
	_, err = io.Open(os.DevNull)
	wantIs(t, err, net.ErrClosed)
	must(t, io.Close())
}

// Each loop ends when it has nothing to do, and starts again with the next call.
func TestLoopsEndWhenIdle(t *testing.T) {
	io := open(t, Config{Loops: testLoops, IdleTimeout: time.Millisecond})
	a, b := pairOn(t, io, "tcp4")
	for range 5 {
		for _, loop := range io.loops.All {
			if e := loop.Current.Load(); e != nil { // the others have not been needed yet
				<-e.Ended
			}
		}
		_, err := a.Write([]byte("x"))
		must(t, err)
		n, err := b.Read(make([]byte, 1))
		wantCount(t, "Read", n, err, 1)
	}
}

// A loop that ended as soon as it has nothing to do would have ended again before the
// call came that had started it: hardly anybody would get anywhere.
func TestLoopsIdleForAMomentAtLeast(t *testing.T) {
	for given, want := range map[time.Duration]time.Duration{0: 0, 1: fdcall.IdleLeast, fdcall.IdleLeast + 1: fdcall.IdleLeast + 1, -1: -1} {
		if got := fdcall.NewLoops(proactor.Config{IdleTimeout: given}, false).Config.IdleTimeout; got != want {
			t.Errorf("an IdleTimeout of %v is one of %v, want %v", given, got, want)
		}
	}
	callMany(t, open(t, Config{Loops: testLoops, IdleTimeout: 1}), 32, 100)
}

// As many loops as there are processors, unless there is a limit for each.
func TestLoopsByDefault(t *testing.T) {
	for _, tt := range []struct {
		processors int
		config     Config
		want       int
	}{
		{1, Config{}, 1},
		{2, Config{}, 2},
		{4, Config{IdleTimeout: time.Hour}, 4},
		{64, Config{}, fdcall.LoopsMax},
		{4, Config{Loops: 1}, 1},
		{1, Config{Loops: 3, MaxQueued: 5}, 3},
		{4, Config{MaxQueued: 5}, 1},
		{4, Config{MaxInFlight: 5}, 1},
		{4, Config{Workers: 5}, 1},
	} {
		if got := fdcall.LoopsOf(proactor.Config(tt.config), tt.processors); got != tt.want {
			t.Errorf("%d processors, %+v: %d loops, want %d", tt.processors, tt.config, got, tt.want)
		}
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if s := fdcall.NewLoops(proactor.Config{}, false); len(s.All) != 1 {
		t.Errorf("%d loops with GOMAXPROCS=1", len(s.All))
	}
	if _, err := Start(Config{Loops: -1}); err == nil {
		t.Error("less than no loop")
	}
}

// All loops run when Start returns, unless they come and go.
func TestLoopsStart(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	for i, loop := range io.loops.All {
		if loop.Running() == nil {
			t.Errorf("loop %d does not run", i)
		}
	}
	must(t, io.Close())
	seldom, err := Start(Config{Loops: testLoops, IdleTimeout: time.Hour})
	must(t, err)
	for i, loop := range seldom.loops.All[1:] {
		if loop.Running() != nil {
			t.Errorf("loop %d runs, and nobody has asked for it", i+1)
		}
	}
	if s := seldom.Stats(); s.Completed != s.Submitted {
		t.Errorf("of loops that do not run: %+v", s)
	}
	must(t, seldom.Close())
}

// What is submitted to the proactor of a descriptor ends when it is closed.
func TestLoopsHaveTheirProactors(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	var pairs [testLoops][2]int
	for i := range pairs {
		var err error
		pairs[i], err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		must(t, err)
	}
	for _, pair := range pairs {
		p, err := io.ProactorOf(pair[0])
		must(t, err)
		var c proactor.Completion
		ended := make(chan error, 1)
		must(t, p.Recv(&c, pair[0], make([]byte, 1), 0, func(_ *proactor.Completion, r proactor.Result) { ended <- r.Err }))
		must(t, io.CloseFD(background, pair[0]))
		wantIs(t, receive(t, ended, "end of the receive"), net.ErrClosed)
		must(t, unix.Close(pair[1]))
	}
	seen := make(map[*proactor.Proactor]bool)
	for fd := range testLoops {
		p, err := io.ProactorOf(fd)
		must(t, err)
		seen[p] = true
	}
	if len(seen) != testLoops {
		t.Errorf("%d numbers in a row have %d proactors", testLoops, len(seen))
	}
	of, err := io.ProactorOf(-1)
	must(t, err)
	if first, err := io.Proactor(); first != of || err != nil {
		t.Errorf("of no descriptor: %p, %v; want %p", first, err, of)
	}
}

// A loop that cannot start has the first serve its descriptors, and none of them is
// counted or closed twice.
func TestLoopsThatCannotStart(t *testing.T) {
	testutil.CheckLeaks(t)
	io := &IO{loops: fdcall.NewLoops(proactor.Config{Loops: testLoops}, false)}
	for _, loop := range io.loops.All[1:] {
		loop.Config.Entries = -1
	}
	must(t, io.loops.Start())
	a, b := pairOn(t, io, "tcp4")
	for range 3 {
		_, err := a.Write([]byte("x"))
		must(t, err)
		n, err := b.Read(make([]byte, 1))
		wantCount(t, "Read", n, err, 1)
	}
	if sum, first := io.Stats().Submitted, statsOf(io.loops.All[0]).Submitted; sum != first {
		t.Errorf("%d submissions, %d of them the first loop's", sum, first)
	}
	received := later(func() (int, error) { return b.Read(make([]byte, 1)) })
	waitUnderWay(t, io, 1)
	must(t, io.Close())
	wantIs(t, receive(t, received, "end of Read").err, net.ErrClosed)
	must(t, io.Close())
	none := fdcall.NewLoops(proactor.Config{Loops: testLoops, Backend: "none"}, false)
	if err := none.Start(); err == nil {
		t.Error("no loop can start")
	}
}

// A loop that has ended when there are no descriptors left has the first serve in its
// place, and starts when there are some again and the first has ended too.
func TestLoopsThatCannotStartAgain(t *testing.T) {
	io := open(t, Config{Loops: 2, IdleTimeout: time.Millisecond})
	second := io.loops.All[1]
	second.Config.Entries = -1
	first, err := io.loops.All[0].Engine()
	must(t, err)
	deputy, err := second.Engine()
	must(t, err)
	if deputy != first {
		// The first was idle meanwhile, and has begun anew.
		testutil.Eventually(t, patience, func() bool { return first.Over.Load() }, "the first engine ends")
	}
	<-deputy.Ended
	second.Config.Entries = 0
	again, err := second.Engine()
	must(t, err)
	if again == io.loops.All[0].Current.Load() {
		t.Error("the first serves, though the second can start")
	}
}
