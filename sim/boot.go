//go:build unix

package sim

import (
	"context"
	"fmt"
	"runtime/pprof"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/sim"
	"github.com/awaitio/awaitio/internal/simproc"
	"github.com/awaitio/awaitio/proactor"
)

// A boot is a host from a start to its end.
type boot struct {
	h      *Host
	label  string // of the goroutines that the program starts
	io     *await.IO
	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when the program has returned
	err    error         // what it returned
}

// bootLabel is the pprof label with host and boot.
const bootLabel = "sim boot"

// start begins a boot with a program.
func (h *Host) start(in *sim.Boot) {
	b := &boot{h: h, label: fmt.Sprintf("%s#%d", h.name, in.Number()), done: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancelCause(context.Background())
	in.OnCut(func() { b.cancel(ErrCrashed) })
	open := func() (backend.Backend, error) { return in.Backend() }
	io, err := hook.StartOn(proactor.Config{}, open, in)
	if err != nil {
		h.w.fatalf("host %s: start its IO: %v", h.name, err)
	}
	b.io = io.(*await.IO)
	h.mu.Lock()
	h.boot = b
	h.mu.Unlock()
	if h.run == nil {
		close(b.done)
		return
	}
	in.Begin(func() { go pprof.Do(b.ctx, pprof.Labels(simproc.HostLabel, h.name, bootLabel, b.label), b.run) })
}

// run is the program of a boot, from its beginning to its end.
func (b *boot) run(ctx context.Context) {
	defer close(b.done)
	b.err = b.h.run(ctx, b.io)
	if ctx.Err() != nil {
		return // whoever ended it does the rest
	}
	if b.err != nil {
		b.h.w.errorf("host %s: its program returned: %v", b.h.name, b.err)
	}
	b.h.in.Exit("its program has ended")
	go b.end(context.Canceled)
}

// survivorsAfter is how long goroutines of a program may stay when its boot has ended.
const survivorsAfter = time.Hour

// end lets go of what a boot has, whose host is down. It may be called more than once.
func (b *boot) end(cause error) {
	b.cancel(cause)
	go func() { _ = b.io.Close() }() // what it tells, the calls have been told
	if b.h.w.bubble && b.h.run != nil {
		time.AfterFunc(survivorsAfter, func() { b.h.w.lookForSurvivors(b) })
	}
}
