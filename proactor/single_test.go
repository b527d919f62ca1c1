//go:build unix

package proactor_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// onOneProcessor is a proactor that runs on one.
func onOneProcessor(t *testing.T) *proactor.Proactor {
	t.Helper()
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	p := open(t, proactor.Config{})
	run(t, p)
	return p
}

const enough = 1 // what tells a partner to end

// TestSingleServesAllPairs has goroutines answer each other, two and two, and counts
// what each pair has done when all of them together have done much.
func TestSingleServesAllPairs(t *testing.T) {
	p := onOneProcessor(t)
	const pairs, each = 64, 200
	var left atomic.Int64
	left.Store(pairs * each)
	turns := make([]int, pairs)
	var over sync.WaitGroup
	for i := range turns {
		a, b := testutil.SocketPair(t)
		over.Go(func() {
			c := single{woken: make(chan proactor.Result, 1)}
			for left.Add(-1) >= 0 && c.send(t, p, a) && c.recv(t, p, a) {
				turns[i]++
			}
			c.buf[0] = enough
			c.send(t, p, a)
		})
		over.Go(func() {
			c := single{woken: make(chan proactor.Result, 1)}
			for c.recv(t, p, b) && c.buf[0] != enough && c.send(t, p, b) {
			}
		})
	}
	over.Wait()
	slices.Sort(turns)
	if least, middle := turns[0], turns[pairs/2]; least < middle/4 || middle < each/2 {
		t.Errorf("a pair had %d turns while half of them had %d and more", least, middle)
	}
}

// TestSingleSubmitsTogether counts how often the kernel is entered for callers who
// would each stand in for themselves.
func TestSingleSubmitsTogether(t *testing.T) {
	p := onOneProcessor(t)
	if p.Backend() != "io_uring" {
		t.Skipf("on %s nothing is submitted together", p.Backend())
	}
	const callers, each = 64, 1000
	var over sync.WaitGroup
	for range callers {
		over.Go(func() {
			c := single{woken: make(chan proactor.Result, 1)}
			for range each {
				c.do(t, p, p.Nop(c.batched(), c.done))
			}
		})
	}
	over.Wait()
	if n := p.Stats().SystemCalls; n > callers*each/4 {
		t.Errorf("%d system calls for %d operations", n, callers*each)
	}
}

// A single parks until its operation is complete, or stands in for the loop.
type single struct {
	c     proactor.Completion
	woken chan proactor.Result
	buf   [1]byte
}

func (s *single) batched() *proactor.Completion {
	s.c.SetBatched()
	return &s.c
}

func (s *single) done(_ *proactor.Completion, r proactor.Result) { s.woken <- r }

func (s *single) send(t *testing.T, p *proactor.Proactor, fd int) bool {
	return s.do(t, p, p.Send(s.batched(), fd, s.buf[:], 0, s.done))
}

func (s *single) recv(t *testing.T, p *proactor.Proactor, fd int) bool {
	return s.do(t, p, p.Recv(s.batched(), fd, s.buf[:], 0, s.done))
}

func (s *single) do(t *testing.T, p *proactor.Proactor, err error) bool {
	if err != nil {
		t.Error(err)
		return false
	}
	p.FlushUntil(func() bool { return len(s.woken) > 0 })
	if r := <-s.woken; r.Err != nil {
		t.Error(r.Err)
		return false
	}
	return true
}
