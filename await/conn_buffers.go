package await

import (
	"context"
	"math"
	"net"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

// buffersMax is how many buffers one message can have: IOV_MAX.
const buffersMax = 1024

// WriteBuffers writes all of buffers, with one system call for up to 1024 of them. It removes the
// bytes it wrote from buffers, as net.Buffers.WriteTo does. (WriteTo recognises only the
// connections of package net, and would call Write for each buffer here.)
func (c *Conn) WriteBuffers(buffers *net.Buffers) (int64, error) {
	return c.WriteBuffersContext(context.Background(), buffers)
}

// WriteBuffersContext is like WriteBuffers, but returns when ctx ends, with the error context.Cause.
func (c *Conn) WriteBuffersContext(ctx context.Context, buffers *net.Buffers) (total int64, err error) {
	if err := c.writes.LockOn(ctx, c.d, fdcall.Writing); err != nil {
		return 0, c.failed("write", err)
	}
	defer c.writes.Unlock()
	if ctx, err = admit(c.d, ctx); err != nil {
		return 0, c.failed("write", err)
	}
	defer endAdmitted(c.d)
	if c.gather == nil {
		c.gather = new(proactor.Message)
	}
	for gatherSome(c.gather, *buffers) {
		n, err := c.d.Call(ctx, fdcall.Writing, func(w *fdcall.Waiter) error {
			return w.Proactor.SendMsg(&w.C, c.d.FD, c.gather, 0, fdcall.Deliver)
		})
		clear(c.gather.Buffers)
		total += int64(n)
		consume(buffers, n)
		if err != nil {
			return total, c.failed("write", err)
		}
	}
	consume(buffers, 0)
	if total == 0 { // else all is written, and what came then is no end of this call
		err = c.d.Check(fdcall.Writing)
	}
	return total, c.failed("write", err)
}

// gatherSome puts what is not empty of buffers into m, as far as there is room, and
// reports whether that was anything.
func gatherSome(m *proactor.Message, buffers net.Buffers) bool {
	m.Buffers = m.Buffers[:0]
	room := math.MaxInt // a count of bytes is an int
	for _, b := range buffers {
		if len(m.Buffers) == buffersMax || len(b) > room {
			break
		}
		if room -= len(b); len(b) > 0 {
			m.Buffers = append(m.Buffers, b)
		}
	}
	return len(m.Buffers) > 0
}

// consume takes n bytes off buffers, and the empty ones before the next.
func consume(buffers *net.Buffers, n int) {
	for len(*buffers) > 0 {
		first := &(*buffers)[0]
		if n < len(*first) {
			*first = (*first)[n:]
			return
		}
		n -= len(*first)
		*first = nil
		*buffers = (*buffers)[1:]
	}
}
