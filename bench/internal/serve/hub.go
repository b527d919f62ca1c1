package serve

import (
	"context"
	"io"
	"net"
	"sync"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/bench/internal/echo"
)

// A hub sends what one connection says to all of them.
type hub struct {
	size  int
	way   way
	mu    sync.Mutex
	conns []*await.Conn // of broadcast
	sends []func(message []byte)
}

// A way is how a hub sends.
type way int

const (
	queues    way = iota // each has a goroutine that writes, so that none waits for another that is slow: the usual shape
	loop                 // to one after the other, which costs less and lets one that is slow hold up all
	broadcast            // to many at a time; likewise
)

func newHub(size int, way way) *hub { return &hub{size: size, way: way} }

// welcome is what a hub says first: from then on the connection gets all messages.
const welcome = "+"

func (h *hub) serve(l net.Listener) {
	echo.Accept(l, func(c net.Conn) {
		defer c.Close()
		h.join(c)
		if _, err := io.WriteString(c, welcome); err == nil {
			h.read(c)
		}
	})
}

func (h *hub) join(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.way == broadcast {
		h.conns = append(h.conns, c.(*await.Conn))
		return
	}
	h.sends = append(h.sends, h.sender(c))
}

// sender is how c gets a message. Who is gone will be noticed by read.
func (h *hub) sender(c net.Conn) func(message []byte) {
	if h.way == loop {
		return func(message []byte) { _, _ = c.Write(message) }
	}
	queue := make(chan []byte, 16)
	go func() {
		for message := range queue {
			if _, err := c.Write(message); err != nil {
				return
			}
		}
	}()
	return func(message []byte) { queue <- message }
}

// read passes on what c says.
func (h *hub) read(c net.Conn) {
	for {
		message := make([]byte, h.size)
		if _, err := io.ReadFull(c, message); err != nil {
			return
		}
		h.mu.Lock()
		for _, send := range h.sends {
			send(message)
		}
		await.Broadcast(context.Background(), message, h.conns)
		h.mu.Unlock()
	}
}
