package main

import (
	"context"
	"sync"
	"sync/atomic"
)

// inParallel calls do for each number below n, for some at the same time. It
// begins no more when ctx has ended.
func inParallel(ctx context.Context, parallel, n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(parallel, n) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	workers.Wait()
}

// eachBlock calls do for every block of a file of this size, for many at the same
// time, each with a buffer as large as the block. It returns the first error, or
// context.Cause of ctx, when no call is left.
func (c *copier) eachBlock(ctx context.Context, size int64, do func(ctx context.Context, buf []byte, off int64) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var blocks sync.WaitGroup
	defer blocks.Wait()
	for off := int64(0); off < size; off += int64(c.block) {
		buf, err := c.takeBuffer(ctx)
		if err != nil {
			return err
		}
		blocks.Go(func() {
			defer func() { c.buffers <- buf }()
			if err := do(ctx, buf[:min(size-off, int64(c.block))], off); err != nil {
				stop(err)
			}
		})
	}
	blocks.Wait()
	return context.Cause(ctx)
}

// takeBuffer waits for a buffer. There are as many as blocks may be under way.
func (c *copier) takeBuffer(ctx context.Context) ([]byte, error) {
	select {
	case buf := <-c.buffers:
		if buf == nil {
			buf = make([]byte, c.block)
		}
		return buf, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// blockCount is how many blocks a file of this size has.
func (c *copier) blockCount(size int64) int64 {
	return (size + int64(c.block) - 1) / int64(c.block)
}
