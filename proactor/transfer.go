package proactor

import (
	"io"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/race"
)

// errNoProgress is a send or write that takes nothing and does not say why.
var errNoProgress = io.ErrShortWrite

// writes reports whether c moves bytes out.
func (c *Completion) writes() bool {
	switch c.req.Op {
	case backend.OpSend, backend.OpSendMsg, backend.OpWrite, backend.OpWriteV, backend.OpWriteSync:
		return true
	}
	return false
}

// sends reports whether c hands bytes to the kernel. Only the race detector asks.
func (c *Completion) sends() bool { return c.kind == kindIO && c.writes() }

// receives reports whether c gets bytes from the kernel. Only the race detector asks.
func (c *Completion) receives() bool {
	if c.kind != kindIO {
		return false
	}
	switch c.req.Op {
	case backend.OpRecv, backend.OpRecvMsg, backend.OpRead, backend.OpReadV:
		return true
	}
	return false
}

// moves tells the race detector which n bytes the kernel has read or written.
func (c *Completion) moves(n int) {
	move := race.Write
	if c.sends() {
		move = race.Read
	} else if !c.receives() {
		return
	}
	if c.req.Msg == nil {
		move(c.req.Buf[:min(n, len(c.req.Buf))])
		return
	}
	for _, b := range c.req.Msg.Buffers {
		b = b[:min(n, len(b))]
		move(b)
		n -= len(b)
	}
}

// transfersWhole reports whether a short count is not all that was asked for:
// sends and writes, unless the caller would not wait, and receives with
// MSG_WAITALL.
func (c *Completion) transfersWhole() bool {
	switch c.req.Op {
	case backend.OpWrite, backend.OpWriteV, backend.OpWriteSync:
		return true
	case backend.OpSend, backend.OpSendMsg:
		return c.req.Flags&msgDontWait == 0
	case backend.OpRecv, backend.OpRecvMsg:
		return c.req.Flags&msgWaitAll != 0
	}
	return false
}

// endsHere reports whether the receive c can have no second part: one that leaves
// the data where it is, and one with ancillary data, whose place the next would
// take.
func (c *Completion) endsHere() bool {
	return c.req.Flags&msgPeek != 0 || c.req.Op == backend.OpRecvMsg && c.req.Msg.ControlLen > 0
}

// ofFile reports whether c is a transfer at an offset, or a sync. One at the current
// position may be a pipe's.
func (c *Completion) ofFile() bool {
	switch c.req.Op {
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		return c.req.Offset >= 0
	case backend.OpWriteSync, backend.OpFsync:
		return true
	}
	return false
}
