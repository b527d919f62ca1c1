//go:build unix

package proactor_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// TestNobodyStarves has more callers than a run queue holds on one processor, and
// counts how often each has been served when all of them together had many. That one
// has more than the others, because it was alone at first, is no matter.
func TestNobodyStarves(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const callers = 600
	served := countCalls(callers, 200, func(_ int, again func() bool) {
		c := newCaller()
		for again() {
			c.do(t, p.Nop(&c.c, c.done), nil)
		}
	})
	if least, middle := served[0], served[callers/2]; least < middle/2 {
		t.Errorf("a caller had %d calls while half of them had %d and more", least, middle)
	}
}

// countCalls has n callers call as long as again says, n times each in all, and returns
// how often each has, the fewest first.
func countCalls(n, each int, call func(i int, again func() bool)) []int {
	var left atomic.Int64
	left.Store(int64(n * each))
	served := make([]int, n)
	var ended sync.WaitGroup
	for i := range served {
		ended.Go(func() {
			call(i, func() bool {
				if left.Add(-1) < 0 {
					return false
				}
				served[i]++
				return true
			})
		})
	}
	ended.Wait()
	slices.Sort(served)
	return served
}

// A caller parks until its operation is complete.
type caller struct {
	c      proactor.Completion
	woken  chan struct{}
	result proactor.Result
	buf    [1]byte
}

func newCaller() *caller { return &caller{woken: make(chan struct{}, 1)} }

func (o *caller) done(_ *proactor.Completion, r proactor.Result) {
	o.result = r
	o.woken <- struct{}{}
}

// do waits for what was submitted with err, and first combines for p if
// there is one.
func (o *caller) do(t *testing.T, err error, p *proactor.Proactor) bool {
	if err != nil {
		t.Error(err)
		return false
	}
	if p != nil {
		hook.FlushUntil(p, o.woken)
	}
	<-o.woken
	if o.result.Err != nil {
		t.Error(o.result.Err)
		return false
	}
	return true
}
