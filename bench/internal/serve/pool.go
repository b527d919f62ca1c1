package serve

import (
	"net"
	"sync"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/echo"
)

// A pool lends its buffers to echoes that have something to read.
type pool struct{ buffers sync.Pool }

func newPool() *pool {
	return &pool{sync.Pool{New: func() any { return new([echo.BufferMin]byte) }}}
}

// echo is echo that has neither a goroutine nor a buffer while it waits.
func (p *pool) echo(c net.Conn) {
	var serve func(error)
	serve = func(err error) {
		if err != nil || !p.once(c) {
			c.Close()
			return
		}
		c.(*await.Conn).AfterReadable(serve)
	}
	c.(*await.Conn).AfterReadable(serve)
}

func (p *pool) once(c net.Conn) bool {
	buf := p.buffers.Get().(*[echo.BufferMin]byte)
	defer p.buffers.Put(buf)
	n, err := c.Read(buf[:])
	if err != nil {
		return false
	}
	_, err = c.Write(buf[:n])
	return err == nil
}
