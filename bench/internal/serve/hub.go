package serve

import (
	"io"
	"net"
	"sync"
)

// A hub sends what one connection says to all of them. Each has a goroutine that
// writes, so that none waits for another that is slow: the usual shape. Or it
// does loop, and writes to one after the other, which costs less and lets one
// that is slow hold up all.
type hub struct {
	size  int
	loop  bool
	mu    sync.Mutex
	sends []func(message []byte)
}

func newHub(size int, loop bool) *hub { return &hub{size: size, loop: loop} }

// welcome is what a hub says first: from then on the connection gets all messages.
const welcome = "+"

func (h *hub) serve(l net.Listener) {
	acceptAll(l, func(c net.Conn) {
		defer c.Close()
		h.join(h.sender(c))
		if _, err := io.WriteString(c, welcome); err == nil {
			h.read(c)
		}
	})
}

func (h *hub) join(send func(message []byte)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sends = append(h.sends, send)
}

// sender is how c gets a message. Who is gone will be noticed by read.
func (h *hub) sender(c net.Conn) func(message []byte) {
	if h.loop {
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
		h.mu.Unlock()
	}
}
