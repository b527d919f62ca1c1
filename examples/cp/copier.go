package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// A copier carries out a plan.
type copier struct {
	parallel int
	block    int
	verify   bool
	progress progress
	begin    time.Time

	// buffers has room for one per block under way: who takes one may begin. They
	// are made when they are first taken.
	buffers chan []byte

	copied, complete, bytes atomic.Int64
	failed                  atomic.Int64
}

func newCopier(o options, p progress, begin time.Time) *copier {
	c := &copier{
		parallel: o.parallel,
		block:    int(o.block),
		verify:   o.verify,
		progress: p,
		begin:    begin,
		buffers:  make(chan []byte, o.parallel),
	}
	for range o.parallel {
		c.buffers <- nil
	}
	return c
}

// run copies all it can, and tells what it cannot.
func (c *copier) run(ctx context.Context, p *plan) error {
	for _, err := range p.failed {
		c.fail(err)
	}
	for _, e := range p.left {
		c.fail(fmt.Errorf("%s is not a file, directory or symbolic link: skipped", e.src))
	}
	steps := []func(context.Context, *plan) error{c.makeDirs, c.copyFiles, c.copyLinks, c.finishDirs}
	for _, step := range steps {
		if err := step(ctx, p); err != nil {
			return err
		}
	}
	if n := c.failed.Load(); n > 0 {
		return fmt.Errorf("not copied: %d", n)
	}
	return nil
}

func (c *copier) copyFiles(ctx context.Context, p *plan) error {
	return c.each(ctx, p.files, c.copyFile)
}

func (c *copier) copyLinks(ctx context.Context, p *plan) error {
	return c.each(ctx, p.links, func(_ context.Context, e entry) error { return copyLink(e) })
}

// each calls do for all entries, for many at the same time. It returns the first
// error that ends everything; another is told, and concerns its entry alone.
func (c *copier) each(ctx context.Context, entries []entry, do func(context.Context, entry) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	inParallel(ctx, c.parallel, len(entries), func(i int) {
		err := do(ctx, entries[i])
		switch {
		case err == nil || ctx.Err() != nil:
		case endsEverything(err):
			stop(err)
		default:
			c.fail(err)
		}
	})
	return context.Cause(ctx)
}

func (c *copier) fail(err error) {
	c.failed.Add(1)
	c.progress.note("cp: " + explain(err).Error())
}

// summary is what was done.
func (c *copier) summary() string {
	took := time.Since(c.begin)
	text := fmt.Sprintf("files copied: %d, %s written in %v", c.copied.Load(), formatBytes(c.bytes.Load()),
		took.Round(time.Millisecond))
	if n := c.complete.Load(); n > 0 {
		text += fmt.Sprintf("; complete before: %d", n)
	}
	if c.verify {
		text += "; checksums compared"
	}
	return text
}

// errInterrupted is the end by a signal.
var errInterrupted = errors.New("interrupted: run it again to go on")
