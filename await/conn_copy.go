package await

import (
	"io"
	"syscall"
)

// ReadFrom writes to c what r has until its end, and returns how much that was.
func (c *Conn) ReadFrom(r io.Reader) (int64, error) {
	if c.d == nil {
		return 0, syscall.EINVAL
	}
	n, err := copyBuffered(c.d.Loop.Loops, writerOnly{c}, r)
	return n, c.copied("readfrom", err)
}

// WriteTo writes to w what arrives, until the end of the stream, and returns how
// much that was.
func (c *Conn) WriteTo(w io.Writer) (int64, error) {
	if c.d == nil {
		return 0, syscall.EINVAL
	}
	n, err := copyBuffered(c.d.Loop.Loops, w, readerOnly{c})
	return n, c.copied("writeto", err)
}

func (c *Conn) copied(op string, err error) error {
	if err == io.EOF {
		return err
	}
	return c.failed(op, err)
}
