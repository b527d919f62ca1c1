package await

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// How long a send to a full queue waits until it tries again.
const (
	fullPause    = 20 * time.Microsecond
	fullPauseMax = time.Millisecond
)

// sendUnix sends m to a unix socket, whose queue holds but few datagrams. Where it
// is full it tries again and again, since nobody else would do it right: io_uring's
// second attempt goes on behind the bytes that the first has copied, and the
// datagram arrives empty; and a poller calls a socket without a peer writable
// whatever the queue.
func (c *PacketConn) sendUnix(ctx context.Context, m *proactor.Message) (int, error) {
	if err := c.d.Loop.Loops.Admit(ctx); err != nil {
		return 0, err
	}
	defer endAdmitted(c.d)
	for pause := fullPause; ; pause = min(2*pause, fullPauseMax) {
		n, err := c.d.Call(ctx, fdcall.Writing, func(w *fdcall.Waiter) error {
			return w.Proactor.SendMsg(&w.C, c.d.FD, m, socket.DontWait, fdcall.Deliver)
		})
		if !errors.Is(err, syscall.EAGAIN) {
			return n, err
		}
		ctx = fdcall.Admitted(ctx)
		if err = c.d.Pause(ctx, fdcall.Writing, pause); err != nil {
			return 0, err
		}
	}
}

// sendInTurn sends datagrams one after the other, so that they keep their order.
// After one that fails no other is sent: they all fail with it.
func (c *PacketConn) sendInTurn(ctx context.Context, envelopes []*envelope) []proactor.Result {
	results := make([]proactor.Result, len(envelopes))
	var err error
	for i, e := range envelopes {
		if err == nil {
			results[i].N, err = c.sendUnix(ctx, &e.Message)
		}
		results[i].Err = err
	}
	return results
}
