//go:build unix

package await

import (
	"bytes"
	"context"
	goio "io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

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
	for i := range testLoops {
		s := proactorOf(t, io, i).Stats()
		if s.Completed == 0 {
			t.Errorf("loop %d has done nothing", i)
		}
		sum += s.Completed
	}
	if got := io.Stats().Completed; got < sum {
		t.Errorf("Stats counts %d operations of %d", got, sum)
	}
}

// othersServing counts the loops that have served since, but for that of the descriptor home.
func othersServing(t *testing.T, io *IO, home int) func() int {
	var before [testLoops]uint64
	for i := range before {
		before[i] = proactorOf(t, io, i).Stats().Completed
	}
	return func() (serve int) {
		for i := range before {
			if i != home%testLoops && proactorOf(t, io, i).Stats().Completed > before[i]+10 { // each does something when it starts
				serve++
			}
		}
		return serve
	}
}

// Calls on no descriptor are the first loop's, until it has many of them.
func TestLoopsShareCallsOnNoDescriptor(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	others := othersServing(t, io, 0)
	for range 100 {
		must(t, io.Nop(background))
	}
	if n := others(); n > 0 {
		t.Errorf("%d other loops serve a caller that is alone", n)
	}
	var callers sync.WaitGroup
	var stop atomic.Bool
	for range 64 {
		callers.Go(func() {
			for !stop.Load() {
				if err := io.Nop(background); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	testutil.Eventually(t, patience, func() bool { return others() == testLoops-1 }, "all loops serve many callers")
	stop.Store(true)
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
	dir := tempDir(t)
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
				if got, err := outside.ReadFile(name); err != nil || !bytes.Equal(got, want) {
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
		for i := range testLoops {
			<-proactorOf(t, io, i).Done()
		}
		_, err := a.Write([]byte("x"))
		must(t, err)
		n, err := b.Read(make([]byte, 1))
		wantCount(t, "Read", n, err, 1)
	}
}

// What is submitted to the proactor of a descriptor ends when it is closed.
func TestLoopsHaveTheirProactors(t *testing.T) {
	io := open(t, Config{Loops: testLoops})
	var pairs [testLoops][2]int
	for i := range pairs {
		pairs[i][0], pairs[i][1] = socketPair(t)
		disown(t, pairs[i][0])
	}
	for _, pair := range pairs {
		p, err := io.ProactorOf(pair[0])
		must(t, err)
		var c proactor.Completion
		ended := make(chan error, 1)
		must(t, p.Recv(&c, pair[0], make([]byte, 1), 0, func(_ *proactor.Completion, r proactor.Result) { ended <- r.Err }))
		must(t, io.CloseFD(background, pair[0]))
		wantIs(t, receive(t, ended, "end of the receive"), net.ErrClosed)
		closeFD(t, pair[1])
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
	if first, of := proactorOf(t, io, 0), proactorOf(t, io, -1); first != of {
		t.Errorf("of no descriptor: %p; want %p", of, first)
	}
}
