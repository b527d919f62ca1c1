//go:build unix

package proactor_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/awaitio/awaitio/proactor"
)

// TestNobodyStarves has more callers than a run queue holds on one processor, and
// counts how often each has had its turn when all of them together had many. That one
// has more than the others, because it was alone at first, is no matter.
func TestNobodyStarves(t *testing.T) {
	p := open(t, proactor.Config{})
	run(t, p)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const callers, each = 600, 200
	var left atomic.Int64
	left.Store(callers * each)
	turns := make([]int, callers)
	var over sync.WaitGroup
	for i := range turns {
		over.Go(func() {
			o := caller{woken: make(chan struct{}, 1)}
			for left.Add(-1) >= 0 {
				o.nop(t, p)
				turns[i]++
			}
		})
	}
	over.Wait()
	slices.Sort(turns)
	if least, middle := turns[0], turns[callers/2]; least < middle/2 {
		t.Errorf("a caller had %d turns while half of them had %d and more", least, middle)
	}
}

// A caller parks until its operation is complete, and leaves that to the loop.
type caller struct {
	c     proactor.Completion
	woken chan struct{}
}

func (o *caller) nop(t *testing.T, p *proactor.Proactor) {
	if err := p.Nop(&o.c, func(*proactor.Completion, proactor.Result) { o.woken <- struct{}{} }); err != nil {
		t.Error(err)
		return
	}
	<-o.woken
}
