package await

import "io"

// copyBufferSize is what a copy moves at a time. Measured on loopback, 64 KiB
// move faster so than with sendfile(2), splice(2) or larger buffers: see
// docs/decisions/copies.md.
const copyBufferSize = 256 << 10

// ReadFrom writes to c what r has until its end, and returns how much that was.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.copy(writerOnly{c}, r)
	return n, c.copied("readfrom", err)
}

// WriteTo writes to w what arrives, until the end of the stream, and returns how
// much that was.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	n, err := c.copy(w, readerOnly{c})
	return n, c.copied("writeto", err)
}

func (c *Conn) copied(op string, err error) error {
	if err == io.EOF {
		return err
	}
	return c.failed(op, err)
}

// writerOnly and readerOnly hide everything else, so that a copy does not find
// the method that makes it.
type (
	writerOnly struct{ io.Writer }
	readerOnly struct{ io.Reader }
)

// copy copies with a buffer that is kept for the next copy.
func (c *Conn) copy(w io.Writer, r io.Reader) (int64, error) {
	buffers := &c.d.io.buffers
	buffer, _ := buffers.Get().(*[]byte)
	if buffer == nil {
		b := make([]byte, copyBufferSize)
		buffer = &b
	}
	defer buffers.Put(buffer)
	return io.CopyBuffer(w, r, *buffer)
}
