package serve

import (
	"context"
	"net"
	"sync"

	"github.com/awaitio/awaitio/await"
)

// A pool lends its buffers to echoes that have something to read.
type pool struct{ buffers sync.Pool }

func newPool() *pool {
	return &pool{sync.Pool{New: func() any { return new([bufferMin]byte) }}}
}

// echo is echo that has no buffer while it waits.
func (p *pool) echo(c net.Conn) {
	defer c.Close()
	for c.(*await.Conn).WaitRead(context.Background()) == nil {
		if !p.once(c) {
			return
		}
	}
}

func (p *pool) once(c net.Conn) bool {
	buf := p.buffers.Get().(*[bufferMin]byte)
	defer p.buffers.Put(buf)
	n, err := c.Read(buf[:])
	if err != nil {
		return false
	}
	_, err = c.Write(buf[:n])
	return err == nil
}
