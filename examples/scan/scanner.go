package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// A scanner tries many ports at the same time.
type scanner struct {
	timeout  time.Duration
	parallel int
	dial     func(ctx context.Context, port uint16) error
}

// run tries all ports and returns them by state, each list in order. When ctx
// ends, what has no state yet is notTried. The error is one that all ports would
// meet.
func (s *scanner) run(ctx context.Context, ports []uint16) (map[state][]uint16, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	states := make([]state, len(ports)) // notTried
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(s.parallel, len(ports)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(ports)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				state, err := classify(ctx, s.dial(ctx, ports[i]))
				if err != nil {
					stop(&failure{err})
				}
				states[i] = state
			}
		})
	}
	workers.Wait()
	if f, ok := context.Cause(ctx).(*failure); ok {
		return nil, f
	}
	found := map[state][]uint16{}
	for i, state := range states {
		found[state] = append(found[state], ports[i])
	}
	return found, nil
}

// A failure is an error that says nothing about a port.
type failure struct{ err error }

func (f *failure) Error() string {
	if isExhaustion(f.err) {
		return fmt.Sprintf("%v: try fewer ports at the same time with -n, or raise the limit: ulimit -n", f.err)
	}
	return f.err.Error()
}

func (f *failure) Unwrap() error { return f.err }
