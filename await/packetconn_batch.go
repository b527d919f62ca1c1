package await

import (
	"context"
	"errors"
	"net"
	"os"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// A Datagram is one of a batch. It belongs to the call, with its buffers, until that returns.
type Datagram struct {
	Buffers [][]byte // filled, or sent, in order
	OOB     []byte   // ancillary data to send, or room for it
	Addr    net.Addr // where from; where to, nil for the socket's peer

	// Set by ReadBatch; WriteBatch sets N.
	N     int // bytes of Buffers; -1 for one that WriteBatch did not send
	OOBN  int // bytes of OOB
	Flags int // MSG_* bits, such as MSG_TRUNC
}

// ReadBatch waits for a datagram and receives it and any others that are there, up to len(batch).
// It returns how many it received; they are at the start of batch. An error that comes behind a
// datagram is returned by the next call.
func (c *PacketConn) ReadBatch(batch []Datagram) (int, error) {
	return c.ReadBatchContext(context.Background(), batch)
}

// ReadBatchContext is like ReadBatch, but returns when ctx ends, with the error context.Cause. Datagrams
// taken before that took effect are returned.
func (c *PacketConn) ReadBatchContext(ctx context.Context, batch []Datagram) (int, error) {
	if len(batch) == 0 {
		return 0, c.failed("read", c.d.Refused())
	}
	if late := c.late.Swap(nil); late != nil {
		return 0, *late
	}
	if n, err := c.readBatch(ctx, batch[:1], 0); n == 0 {
		return 0, err
	}
	// The first tells that there are some: the others must not wait.
	n, err := c.readBatch(context.WithoutCancel(ctx), batch[1:], socket.DontWait)
	if err != nil && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		c.late.Store(&err) // the kernel tells it once, and there is a batch to return now
	}
	return 1 + n, nil
}

// readBatch receives all of batch at once, and moves what was received to the
// front: a datagram may have come just after an attempt that found none.
func (c *PacketConn) readBatch(ctx context.Context, batch []Datagram, flags int) (n int, err error) {
	envelopes := c.envelopesFor(batch)
	for _, e := range envelopes {
		if e.Buffers == nil { // an empty datagram fits
			e.carry(e.none[:], e.Control)
		}
	}
	results := c.d.CallAll(ctx, fdcall.Reading, len(batch), func(i int, w *fdcall.Waiter) error {
		return w.Proactor.RecvMsg(&w.C, c.d.FD, &envelopes[i].Message, flags, fdcall.Deliver)
	})
	for i, r := range results {
		e := envelopes[i]
		if r.Err == nil {
			d := &batch[i]
			d.N, d.OOBN, d.Flags, d.Addr = min(r.N, length(d.Buffers)), e.ControlN, e.Flags&^socket.MessageFlag, c.from(e)
			batch[n], batch[i] = batch[i], batch[n]
			n++
		} else if err == nil {
			err = c.failed("read", r.Err)
		}
		c.envelopes.put(e)
	}
	return n, err
}

// WriteBatch sends all of batch, and returns how many were sent, counted from the start. The
// error belongs to the datagram after those. But if the address of any is refused, nothing is sent,
// and no N is set.
//
// Datagrams of udp are submitted together. If the socket has no room for all, some wait while
// others overtake them, and datagrams behind one that failed may have been sent: their N is then
// not -1. Datagrams of unixgram keep their order and are sent one after the other.
func (c *PacketConn) WriteBatch(batch []Datagram) (int, error) {
	return c.WriteBatchContext(context.Background(), batch)
}

// WriteBatchContext is like WriteBatch, but returns when ctx ends, with the error context.Cause.
func (c *PacketConn) WriteBatchContext(ctx context.Context, batch []Datagram) (int, error) {
	envelopes := c.envelopesFor(batch)
	defer func() {
		for _, e := range envelopes {
			c.envelopes.put(e)
		}
	}()
	for i := range batch {
		if err := c.addressBatch(envelopes[i], batch[i].Addr); err != nil {
			return 0, c.failedTo(callSendTo, batch[i].Addr, err) // before any was sent
		}
	}
	results := c.sendAll(ctx, envelopes)
	sent := 0
	var failure error
	for i, r := range results {
		batch[i].N = r.N
		switch {
		case r.Err != nil:
			batch[i].N = -1
			if failure == nil {
				failure = c.failedTo(callSendTo, batch[i].Addr, r.Err)
			}
		case failure == nil:
			sent++
		}
	}
	return sent, failure
}

// sendAll sends what envelopes carry.
func (c *PacketConn) sendAll(ctx context.Context, envelopes []*envelope) []proactor.Result {
	if c.family == syscall.AF_UNIX {
		return c.sendInTurn(ctx, envelopes)
	}
	return c.d.CallAll(ctx, fdcall.Writing, len(envelopes), func(i int, w *fdcall.Waiter) error {
		return w.Proactor.SendMsg(&w.C, c.d.FD, &envelopes[i].Message, 0, fdcall.Deliver)
	})
}

func (c *PacketConn) addressBatch(e *envelope, addr net.Addr) error {
	switch {
	case addr == nil && c.remote != nil:
		return nil
	case c.remote != nil:
		return net.ErrWriteToConnected
	}
	return c.addressTo(e, addr)
}

func (c *PacketConn) envelopesFor(batch []Datagram) []*envelope {
	envelopes := make([]*envelope, len(batch))
	for i := range batch {
		e := c.envelopes.get()
		e.Buffers, e.Control = batch[i].Buffers, batch[i].OOB
		if length(e.Buffers) == 0 {
			e.Buffers = nil
		}
		envelopes[i] = e
	}
	return envelopes
}

func length(buffers [][]byte) (n int) {
	for _, b := range buffers {
		n += len(b)
	}
	return n
}
