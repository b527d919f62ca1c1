package serve

import (
	"context"
	"net"
	"sync"

	"github.com/awaitio/awaitio/await"
)

// echoFromPool is echo that has no buffer while it waits.
func echoFromPool(c net.Conn) {
	defer c.Close()
	for {
		if err := c.(*await.Conn).WaitRead(context.Background()); err != nil {
			return
		}
		if !echoOnce(c) {
			return
		}
	}
}

var buffers = sync.Pool{New: func() any { return new([bufferMin]byte) }}

func echoOnce(c net.Conn) bool {
	buf := buffers.Get().(*[bufferMin]byte)
	defer buffers.Put(buf)
	n, err := c.Read(buf[:])
	if err != nil {
		return false
	}
	_, err = c.Write(buf[:n])
	return err == nil
}
