package serve

import (
	"io"
	"net"
	"sync"
)

// A hub sends what one connection says to all of them. Each has a goroutine that
// writes, so that none waits for another that is slow: the usual shape.
type hub struct {
	size   int
	mu     sync.Mutex
	queues []chan []byte
}

func newHub(size int) *hub { return &hub{size: size} }

func (h *hub) serve(l net.Listener) {
	acceptAll(l, func(c net.Conn) {
		defer c.Close()
		go h.write(c)
		h.read(c)
	})
}

// Welcome is what a hub says first: from then on the connection gets all messages.
const Welcome = "+"

// write sends c what the hub has for it.
func (h *hub) write(c net.Conn) {
	queue := make(chan []byte, 16)
	h.mu.Lock()
	h.queues = append(h.queues, queue)
	h.mu.Unlock()
	if _, err := io.WriteString(c, Welcome); err != nil {
		return
	}
	for message := range queue {
		if _, err := c.Write(message); err != nil {
			return
		}
	}
}

// read passes on what c says.
func (h *hub) read(c net.Conn) {
	for {
		message := make([]byte, h.size)
		if _, err := io.ReadFull(c, message); err != nil {
			return
		}
		h.mu.Lock()
		for _, queue := range h.queues {
			queue <- message
		}
		h.mu.Unlock()
	}
}
