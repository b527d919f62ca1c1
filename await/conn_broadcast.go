package await

import (
	"context"
	"runtime"
	"slices"

	"github.com/awaitio/awaitio/proactor"
)

// Broadcast writes all of p to each of conns, many of them with one system call,
// and waits for all. It returns how many have all of p, and the error of each of the
// others, which is that of Conn.WriteContext, by its place in conns; nil if there is
// none. A connection that takes nothing holds up the return, though not the others:
// ctx, or a write deadline, is the limit.
//
// p is the kernel's until Broadcast returns. A write that is under way on a
// connection comes first, as ever.
func Broadcast(ctx context.Context, p []byte, conns []*Conn) (written int, failed map[int]error) {
	b := broadcast{ctx: ctx, p: p, conns: conns}
	for i := range conns {
		b.write(i)
	}
	b.collect(len(b.window))
	for _, i := range b.busy {
		n, err := conns[i].WriteContext(ctx, p)
		b.note(i, n, err)
	}
	runtime.KeepAlive(conns)
	return b.written, b.failed
}

// broadcastWindow is how many writes are under way at once for each loop: as many as
// fit one system call, and as many again.
const broadcastWindow = 512

// A broadcast is what is known of one while it runs.
type broadcast struct {
	ctx     context.Context
	p       []byte
	conns   []*Conn
	window  []broadcastWrite // under way, in the order they were started
	loops   []*proactor.Proactor
	busy    []int // whose turn another write had
	written int
	failed  map[int]error
}

type broadcastWrite struct {
	i int
	w *waiter
}

// write starts the write to connection i. One that would have to wait for its turn
// is left for later: the turns had meanwhile are given back first, or two
// broadcasts could wait for each other.
func (b *broadcast) write(i int) {
	c := b.conns[i]
	if len(b.p) == 0 {
		n, err := c.WriteContext(b.ctx, b.p)
		b.note(i, n, err)
		return
	}
	if !c.writes.tryTake() {
		b.busy = append(b.busy, i)
		return
	}
	w, err := c.d.start(b.ctx, writing, func(w *waiter) error {
		return w.p.Send(&w.c, c.d.fd, b.p, 0, deliver)
	})
	if err != nil {
		c.writes.give()
		b.note(i, 0, c.failed("write", err))
		return
	}
	b.window = append(b.window, broadcastWrite{i, w})
	if !slices.Contains(b.loops, w.p) {
		b.loops = append(b.loops, w.p)
	}
	if n := len(b.window); n >= broadcastWindow*len(b.loops) {
		b.collect(n / 2)
	}
}

// collect waits for the first n writes. All begin before it waits for one.
func (b *broadcast) collect(n int) {
	for _, p := range b.loops {
		p.Flush()
	}
	for _, x := range b.window[:n] {
		c := b.conns[x.i]
		n, err := c.d.finish(x.w, writing, x.w.wait(b.ctx))
		c.writes.give()
		b.note(x.i, n, c.failed("write", err))
	}
	b.window = b.window[:copy(b.window, b.window[n:])]
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
