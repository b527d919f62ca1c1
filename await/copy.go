package await

import (
	"context"
	goio "io"
	"net"
	"syscall"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/netname"
)

// copyBufferSize is what a copy moves at a time. Measured on loopback, 64 KiB
// move faster so than with sendfile(2), splice(2) or larger buffers: see
// docs/decisions/copies.md.
const copyBufferSize = 256 << 10

// copyBuffered copies with a buffer that is kept for the next copy.
func copyBuffered(loops *fdcall.Loops, w goio.Writer, r goio.Reader) (int64, error) {
	buffer, _ := loops.Copies.Get().(*[]byte)
	if buffer == nil {
		b := make([]byte, copyBufferSize)
		buffer = &b
	}
	n, err := goio.CopyBuffer(w, r, *buffer)
	if fdcall.UnlessKept(*buffer, err) != nil {
		loops.Copies.Put(buffer)
	}
	return n, err
}

// A readerOnly hides everything else, so that a copy does not find the method that makes it.
type readerOnly struct{ goio.Reader }

// A writerUntil is written to until its context ends, and is nothing else.
type writerUntil struct {
	to interface {
		WriteContext(ctx context.Context, p []byte) (int, error)
	}
	ctx context.Context
}

func (w writerUntil) Write(p []byte) (int, error) { return w.to.WriteContext(w.ctx, p) }

// A readerUntil is read from until its context ends, and is nothing else.
type readerUntil struct {
	from interface {
		ReadContext(ctx context.Context, p []byte) (int, error)
	}
	ctx context.Context
}

func (r readerUntil) Read(p []byte) (int, error) { return r.from.ReadContext(r.ctx, p) }

// ReadFrom copies from r to c until the end of r, and returns how many bytes it copied. The end of
// r is no error. c's write deadline and Close end the copy while it writes, and what ends r's reads
// while it reads.
func (c *Conn) ReadFrom(r goio.Reader) (int64, error) {
	if c.d == nil {
		return 0, syscall.EINVAL
	}
	loops := c.d.Loop.Loops
	if err := loops.Admit(context.Background()); err != nil {
		return 0, c.failed("readfrom", err)
	}
	defer loops.EndAdmitted()
	n, err := copyBuffered(loops, writerUntil{c, fdcall.Admitted(context.Background())}, r)
	return n, c.copied("readfrom", err)
}

// WriteTo copies from c to w until the end of the stream, and returns how many bytes it copied. The
// end of the stream is no error. c's read deadline and Close end the copy while it reads.
func (c *Conn) WriteTo(w goio.Writer) (int64, error) {
	if c.d == nil {
		return 0, syscall.EINVAL
	}
	loops := c.d.Loop.Loops
	if err := loops.Admit(context.Background()); err != nil {
		return 0, c.failed("writeto", err)
	}
	defer loops.EndAdmitted()
	n, err := copyBuffered(loops, w, readerUntil{c, fdcall.Admitted(context.Background())})
	return n, c.copied("writeto", err)
}

// copied is err of a copy that has been made. Where package net has a copy of its own, for TCP, it
// names the copy and the connection; otherwise io.Copy returns the reader's or writer's error as it is.
func (c *Conn) copied(op string, err error) error {
	if err == nil || err == goio.EOF || netname.IsUnix(c.network) {
		return err
	}
	return &net.OpError{Op: op, Net: c.network, Source: c.local, Addr: c.remote, Err: err}
}
