package await

import (
	"context"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
)

// WaitRead waits until a Read would not have to: until there is data, the end of
// the stream or an error, which Read then tells. It lends no buffer meanwhile. A
// server with many connections that are mostly idle takes a buffer, from a pool for
// example, when WaitRead has returned. That costs one operation more for each wait. With
// AfterReadable there is no goroutine either.
//
// The read deadline, ctx and Close end it, with the errors of Read. Where several
// goroutines wait or read, another may have got the data when this one reads.
//
// IORING_OP_POLL_ADD, poll(2).
func (c *Conn) WaitRead(ctx context.Context) error {
	_, err := c.d.Call(ctx, fdcall.Reading, func(w *fdcall.Waiter) error {
		return w.Proactor.Poll(&w.C, c.d.FD, socket.PollIn, fdcall.Deliver)
	})
	return c.failed("read", err)
}
