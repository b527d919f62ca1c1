package await

import (
	"context"
	"io"
	"net"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// A Conn is a stream connection: tcp, unix or unixpacket. It implements net.Conn, which describes
// what deadlines do. Several goroutines may call its methods at once.
//
// Reads and writes park the calling goroutine, not a thread. Their deadline, their context and
// Close end them. A buffer belongs to the kernel until the call returns, whatever the outcome. The
// other methods, except Close, do not wait for the peer.
//
// Errors are *net.OpError, as in package net. errors.Is knows os.ErrDeadlineExceeded, net.ErrClosed
// and what recv(2) and send(2) say, such as ECONNRESET and EPIPE. At the end of the stream a read
// returns plain io.EOF.
//
// The garbage collector closes a Conn that is no longer referenced.
//
// recv(2), send(2), sendmsg(2); IORING_OP_RECV, IORING_OP_SEND, IORING_OP_SENDMSG.
type Conn struct {
	connection
	writes fdcall.FairLock
	gather *proactor.Message // of the write that holds the lock
}

// newConn takes over the connected socket fd.
func newConn(loops *fdcall.Loops, fd, family int, network string, local, remote net.Addr) *Conn {
	c := &Conn{
		connection: connection{newEndpoint(loops, fd, family, network, local, remote)},
	}
	if family != syscall.AF_UNIX {
		c.d.Lingers = true
		c.d.IsTCP()
	}
	cleanUp(c, c.d)
	return c
}

// Read waits until data has arrived and reads up to len(p) bytes of it. At the end of the stream
// the error is io.EOF.
func (c *Conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, c.failed("read", c.d.Refused())
	}
	n, err := c.d.Receive(context.Background(), p)
	return c.wasRead(n, err)
}

// ReadContext is like Read, but returns when ctx ends, with the error context.Cause. If data
// arrived before that took effect, it returns the data and a nil error. The connection stays
// usable: the next read continues with the byte after the last one that was returned.
func (c *Conn) ReadContext(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return 0, c.failed("read", c.d.Refused())
	}
	n, err := c.d.Receive(ctx, p)
	return c.wasRead(n, err)
}

// wasRead is what a read returns. It is called after the receive rather than around it, as a
// goroutine that waits in a read is to do with the stack that it began with, of 2 KiB.
func (c *Conn) wasRead(n int, err error) (int, error) {
	switch {
	case err != nil:
		return n, c.failed("read", err)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

// Write writes all of p. It returns a count below len(p) only with an error. Concurrent writes do
// not mix their bytes.
func (c *Conn) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return c.wrote(0, c.writeNothing())
	}
	n, err := c.d.Send(context.Background(), &c.writes, p)
	return c.wrote(n, err)
}

// WriteContext is like Write, but returns when ctx ends, with the error context.Cause and the count
// of bytes that the system has taken.
func (c *Conn) WriteContext(ctx context.Context, p []byte) (int, error) {
	if len(p) == 0 {
		return c.wrote(0, c.writeNothing())
	}
	n, err := c.d.Send(ctx, &c.writes, p)
	return c.wrote(n, err)
}

// wrote is what a write returns. See wasRead.
func (c *Conn) wrote(n int, err error) (int, error) {
	if err != nil {
		err = c.failed("write", err)
	}
	return n, err
}

// writeNothing has the system say whether anything can be written. Of unixpacket it is
// an empty message.
func (c *Conn) writeNothing() error {
	var err error
	failed := c.d.Until(func(fd uintptr) bool {
		err = c.d.System().SendNothing(int(fd))
		return err != syscall.EAGAIN
	}, fdcall.Writing, socket.PollOut)
	if failed != nil {
		return failed
	}
	return err
}

// CloseRead shuts down the reading side, as shutdown(2) does: a blocked read ends with io.EOF, and
// so do later ones that find no data. On Linux a tcp connection still receives what the peer sends
// afterwards. Most callers should use Close.
func (c *Conn) CloseRead() error { return c.shutdown(syscall.SHUT_RD) }

// CloseWrite shuts down the writing side: the peer reads to the end, then gets io.EOF. Reads here
// go on, and writes fail with EPIPE.
func (c *Conn) CloseWrite() error { return c.shutdown(syscall.SHUT_WR) }
