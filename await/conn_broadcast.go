package await

import (
	"context"
	"runtime"
	"slices"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// Broadcast writes all of p to each of conns, many of them with one system call, and waits for
// all writes. It returns how many connections got all of p. failed has the error for each other
// connection, as Conn.WriteContext would return it, by index in conns; it is nil if there is
// none. A connection that accepts no data delays the return but not the other connections. ctx, a
// write deadline or Close ends its write.
//
// Each connection is free for other calls, and for Close, as soon as its own write is done. If a
// write is already under way on a connection, it comes first; a goroutine then waits for that
// connection. p belongs to the kernel until Broadcast returns.
func Broadcast(ctx context.Context, p []byte, conns []*Conn) (written int, failed map[int]error) {
	if ctx != nil {
		_ = ctx.Done() // if it panics, then here, and not on a goroutine of ours
	}
	b := broadcast{ctx: ctx, p: p, conns: conns}
	for i := range conns {
		b.write(i)
	}
	b.collect(true)
	b.collectBusy()
	runtime.KeepAlive(conns)
	return b.written, b.failed
}

// broadcastWindow is how many writes are started for each loop until the writes that need
// not wait are complete: as many as fit one system call, and as many again.
const broadcastWindow = 512

// A broadcast is what is known of one while it runs.
type broadcast struct {
	ctx     context.Context
	p       []byte
	conns   []*Conn
	window  []broadcastWrite // not collected, in the order they were started
	started int              // since all loops were waited for
	loops   []broadcastLoop
	busy    []*busyWrite
	written int
	failed  map[int]error
}

type broadcastWrite struct {
	i int
	w *fdcall.Waiter
}

// A broadcastLoop is one that has some of the writes; d is a descriptor of its.
type broadcastLoop struct {
	p *proactor.Proactor
	d *fdcall.Descriptor
}

// A busyWrite is to a connection that another write had.
type busyWrite struct {
	i, n  int
	err   error
	ended chan struct{} // closed when n and err are known
}

func (x *busyWrite) write(ctx context.Context, c *Conn, p []byte) {
	defer close(x.ended)
	x.n, x.err = c.WriteContext(ctx, p)
}

// write starts the write to connection i.
func (b *broadcast) write(i int) {
	c := b.conns[i]
	switch {
	case len(b.p) == 0:
		n, err := c.WriteContext(b.ctx, b.p)
		b.note(i, n, err)
	case c.writes.TryLock():
		b.start(i, c)
	default:
		x := &busyWrite{i: i, ended: make(chan struct{})}
		b.busy = append(b.busy, x)
		go x.write(b.ctx, c, b.p)
	}
}

// start starts the write to connection i, whose write lock is held.
func (b *broadcast) start(i int, c *Conn) {
	started := false
	defer func() {
		if !started { // also where the context panics
			c.writes.Unlock()
		}
	}()
	w, err := c.d.Start(b.ctx, fdcall.Writing, func(w *fdcall.Waiter) error {
		w.Owner = c
		err := w.Proactor.Send(&w.C, c.d.FD, b.p, 0, deliverAndFree)
		if err != nil {
			w.Owner = nil
		}
		return err
	})
	if err != nil {
		b.note(i, 0, c.failed("write", err))
		return
	}
	started = true
	b.window = append(b.window, broadcastWrite{i, w})
	if !slices.ContainsFunc(b.loops, func(l broadcastLoop) bool { return l.p == w.Proactor }) {
		b.loops = append(b.loops, broadcastLoop{w.Proactor, c.d})
	}
	if b.started++; b.started >= broadcastWindow*len(b.loops) {
		b.pace()
	}
}

// deliverAndFree is the callback of a write. It frees the connection, since the
// goroutine that takes the result may be waiting for another.
func deliverAndFree(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*fdcall.Waiter)
	conn := w.Owner.(*Conn)
	w.Owner = nil
	conn.d.Leave(w, fdcall.Writing)
	conn.writes.Unlock()
	w.Tell(r)
}

// pace waits until the writes that need not wait are complete, which other writes
// do not hold up: it waits for an operation behind them that does nothing.
func (b *broadcast) pace() {
	b.started = 0
	b.flush()
	for _, l := range b.loops {
		w, err := l.d.Start(b.ctx, fdcall.Untimed, func(w *fdcall.Waiter) error { return w.Proactor.Nop(&w.C, fdcall.Deliver) })
		if err == nil {
			_, _ = l.d.Finish(w, fdcall.Untimed, w.Wait(b.ctx))
		}
	}
	b.collect(false)
}

// flush has all begin that has not.
func (b *broadcast) flush() {
	for _, l := range b.loops {
		l.p.Flush()
	}
}

// collect takes the results of the writes that are complete, or waits for all of
// them. All begin before it waits for one.
func (b *broadcast) collect(all bool) {
	b.flush()
	left := b.window[:0]
	for _, x := range b.window {
		if !all && !x.w.Delivered() {
			left = append(left, x)
			continue
		}
		c := b.conns[x.i]
		r := x.w.Wait(b.ctx)
		n, err := c.d.Finish(x.w, fdcall.Writing, r)
		b.note(x.i, n, c.failed("write", err))
	}
	b.window = left
}

// collectBusy waits for the writes that had to wait for others.
func (b *broadcast) collectBusy() {
	for _, x := range b.busy {
		<-x.ended
		b.note(x.i, x.n, x.err)
	}
}

func (b *broadcast) note(i, n int, err error) {
	if err == nil && n == len(b.p) {
		b.written++
		return
	}
	if b.failed == nil {
		b.failed = make(map[int]error)
	}
	b.failed[i] = err
}
