//go:build unix

package proactor_test

import (
	"runtime"
	"sync"
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

// TestOneCPUServesAllPairs has goroutines answer each other, two and two, and counts
// what each pair has done when all of them together have done much.
func TestOneCPUServesAllPairs(t *testing.T) {
	p := onOneProcessor(t)
	const pairs, each = 64, 200
	var ends [pairs][2]int
	for i := range ends {
		ends[i][0], ends[i][1] = testutil.SocketPair(t)
	}
	served := countCalls(pairs, each, func(i int, again func() bool) {
		a, b := ends[i][0], ends[i][1]
		partner := later(func() {
			c := newCaller()
			for c.recv(t, p, b) && c.buf[0] != enough && c.send(t, p, b) {
			}
		})
		c := newCaller()
		for again() && c.send(t, p, a) && c.recv(t, p, a) {
		}
		c.buf[0] = enough
		c.send(t, p, a)
		partner.Wait()
	})
	if least, middle := served[0], served[pairs/2]; least < middle/4 || middle < each/2 {
		t.Errorf("a pair had %d calls while half of them had %d and more", least, middle)
	}
}

// later runs f in a goroutine.
func later(f func()) *sync.WaitGroup {
	var ended sync.WaitGroup
	ended.Go(f)
	return &ended
}

// TestOneCPUSubmitsTogether counts how often the kernel is entered for callers who
// would each combine for themselves.
func TestOneCPUSubmitsTogether(t *testing.T) {
	p := onOneProcessor(t)
	if p.Backend() != "io_uring" {
		t.Skipf("on %s nothing is submitted together", p.Backend())
	}
	const callers, each = 64, 1000
	var ended sync.WaitGroup
	for range callers {
		ended.Go(func() {
			c := newCaller()
			for range each {
				c.do(t, p.Nop(c.batched(), c.done), p)
			}
		})
	}
	ended.Wait()
	if n := p.Stats().SystemCalls; n > callers*each/4 {
		t.Errorf("%d system calls for %d operations", n, callers*each)
	}
}

func (o *caller) batched() *proactor.Completion {
	o.c.SetBatched()
	return &o.c
}

func (o *caller) send(t *testing.T, p *proactor.Proactor, fd int) bool {
	return o.do(t, p.Send(o.batched(), fd, o.buf[:], 0, o.done), p)
}

func (o *caller) recv(t *testing.T, p *proactor.Proactor, fd int) bool {
	return o.do(t, p.Recv(o.batched(), fd, o.buf[:], 0, o.done), p)
}
