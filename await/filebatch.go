package await

import (
	"context"
	goio "io"
	"os"
	"runtime"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/sysfile"
)

// A FileRange is one transfer of a batch: len(Buf) bytes at Offset. N and Err are
// its result, as ReadAt or WriteAt would return them.
type FileRange struct {
	Buf    []byte
	Offset int64
	N      int
	Err    error
}

// batchWindow is how many operations of a batch are under way at once: more than
// devices have queues for, and few enough for a batch of any size.
const batchWindow = 1024

// ReadAtBatch reads many ranges with as few system calls as possible, in parallel and in no
// order, and waits for all of them. Each range has a result of its own. The error is that of the
// first range that failed, and io.EOF counts as a failure.
//
// When ctx ends, transfers that are under way are stopped or left to the kernel, as with
// ReadAtContext, and no others begin. A range that was read only in part is read to its end, as
// ReadAt does.
func (f *File) ReadAtBatch(ctx context.Context, ranges []FileRange) error {
	return f.batch(ctx, ranges, fdcall.Reading)
}

// WriteAtBatch is ReadAtBatch for writes. Ranges that overlap are written in no
// order.
func (f *File) WriteAtBatch(ctx context.Context, ranges []FileRange) error {
	return f.batch(ctx, ranges, fdcall.Writing)
}

func (f *File) batch(ctx context.Context, ranges []FileRange, dir fdcall.Direction) error {
	if f == nil {
		return os.ErrInvalid
	}
	defer runtime.KeepAlive(f)
	b := batch{f: f, ctx: ctx, dir: dir, ranges: ranges, waiters: make([]*fdcall.Waiter, min(len(ranges), batchWindow))}
	ended := false
	defer func() {
		if !ended { // the context panics
			b.end()
		}
	}()
	for i := range ranges {
		if i >= len(b.waiters) {
			b.collect(i - len(b.waiters))
		}
		b.start(i)
	}
	for i := max(0, len(ranges)-len(b.waiters)); i < len(ranges); i++ {
		b.collect(i)
	}
	ended = true
	for i := range ranges {
		if ranges[i].Err != nil {
			return ranges[i].Err
		}
	}
	return nil
}

// A batch is what is known of one while it runs. The window is a ring: the
// oldest is waited for where there is to be room.
type batch struct {
	f       *File
	ctx     context.Context
	dir     fdcall.Direction
	ranges  []FileRange
	waiters []*fdcall.Waiter  // nil for a range that is not under way
	pending []*fdcall.Pending // the same for transfers that may be left; nil before the first one
}

// Stop stops all transfers that have ended when one is found to have: the kernel has the same time
// to answer each.
func (b *batch) Stop() {
	for _, p := range b.pending {
		if p != nil {
			p.Stop()
		}
	}
}

// Hold is called when that time is over, for all at once.
func (b *batch) Hold() {
	for _, p := range b.pending {
		if p != nil {
			p.Hold()
		}
	}
}

// start submits range i, or finds its result without.
func (b *batch) start(i int) {
	r := &b.ranges[i]
	slot := &b.waiters[i%len(b.waiters)]
	*slot = nil
	r.N, r.Err = 0, nil
	if b.refused(r) || len(r.Buf) == 0 {
		return
	}
	if len(r.Buf) > transferMax {
		b.rest(r)
		return
	}
	if b.f.d.Lends(b.ctx, b.dir) {
		b.begin(i)
		return
	}
	w, err := b.f.d.Start(b.ctx, b.dir, func(w *fdcall.Waiter) error {
		if b.dir == fdcall.Writing {
			return w.Proactor.Write(&w.C, b.f.d.FD, r.Buf, r.Offset, fdcall.Deliver)
		}
		return w.Proactor.Read(&w.C, b.f.d.FD, r.Buf, r.Offset, fdcall.Deliver)
	})
	if err != nil {
		r.Err = b.f.failed(b.dir.Op(), err)
		return
	}
	*slot = w
}

// begin is start where the caller may leave the transfer. Memory that the batch itself has is not
// waited for: what is under way is collected first.
func (b *batch) begin(i int) {
	if b.pending == nil {
		b.pending = make([]*fdcall.Pending, len(b.waiters))
	}
	r := &b.ranges[i]
	t := fdcall.Transfer{Dir: b.dir, P: r.Buf, Off: r.Offset, AtOnce: true, Batch: b}
	p, err := b.f.d.Begin(b.ctx, t)
	if err == fdcall.ErrNoRoom {
		for j := max(0, i-len(b.waiters)+1); j < i; j++ {
			b.collect(j)
		}
		t.AtOnce = false
		p, err = b.f.d.Begin(b.ctx, t)
	}
	if err != nil {
		r.Err = b.f.failed(b.dir.Op(), err)
		return
	}
	b.pending[i%len(b.pending)] = &p
}

// refused reports whether r cannot be transferred, and has its result.
func (b *batch) refused(r *FileRange) bool {
	switch {
	case b.dir == fdcall.Writing:
		r.Err = b.f.checkWriteAt(r.Offset)
	default:
		r.Err = b.f.checkAt("readat", r.Offset)
	}
	if r.Err == nil && b.f.kind == sysfile.Stream {
		r.Err = b.f.failed(b.dir.Op(), syscall.ESPIPE)
	}
	return r.Err != nil
}

// collect waits for range i.
func (b *batch) collect(i int) {
	r := &b.ranges[i]
	n, under, err := b.wait(i % len(b.waiters))
	if !under {
		return
	}
	r.N = n
	switch {
	case err != nil:
		r.Err = b.f.failed(b.dir.Op(), err)
	case n == len(r.Buf):
	case n == 0:
		r.Err = goio.EOF
	default:
		b.rest(r)
	}
}

// wait waits for what is under way in a place of the window, if anything is.
func (b *batch) wait(slot int) (n int, under bool, err error) {
	if b.pending != nil && b.pending[slot] != nil {
		p := b.pending[slot]
		b.pending[slot] = nil
		n, err = p.Wait(b.ctx)
		return n, true, err
	}
	w := b.waiters[slot]
	if w == nil {
		return 0, false, nil
	}
	b.waiters[slot] = nil
	n, err = b.f.d.Finish(w, b.dir, w.Wait(b.ctx))
	return n, true, err
}

// end waits for all that is under way, which has the caller's memory, and drops the results.
func (b *batch) end() {
	for slot, w := range b.waiters {
		if w != nil {
			w.Proactor.RequestCancel(&w.C)
		}
		_, _, _ = b.wait(slot)
	}
}

// rest transfers what is left of r by itself.
func (b *batch) rest(r *FileRange) {
	for r.N < len(r.Buf) {
		p := r.Buf[r.N:]
		t := fdcall.Transfer{Dir: b.dir, P: p[:min(len(p), transferMax)], Off: r.Offset + int64(r.N), Batch: b}
		n, err := b.f.d.Transfer(b.ctx, t)
		r.N += n
		switch {
		case err != nil:
			r.Err = b.f.failed(b.dir.Op(), err)
			return
		case n == 0:
			r.Err = goio.EOF
			return
		}
	}
}
