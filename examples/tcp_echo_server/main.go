// Command tcp_echo_server sends its clients back what they send, in callback
// style. One goroutine, the one that calls Run, serves them all, so nothing here
// needs a lock.
package main

import (
	"context"
	"errors"
	"log"
	"net"
	"time"

	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/examples/internal/tcp"
	"github.com/awaitio/awaitio/proactor"
)

func main() {
	cli.About("Sends its clients back what they send (callbacks).")
	log.SetFlags(0)
	if err := run(cli.Interruptible(), cli.Addr()); err != nil {
		log.Fatal(err)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, addr *net.TCPAddr) error {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		return err
	}
	defer p.Close()
	listener, err := tcp.Listen(addr)
	if err != nil {
		return err
	}
	s := &server{p: p, listener: listener, listening: true, clients: map[*client]bool{}}
	s.accept()
	if err := p.Run(ctx); ctx.Err() == nil {
		return err
	}
	// What is under way is still under way. The callbacks have to close what is
	// open, so the proactor is driven on until the last of them closes it.
	s.stop()
	return p.Run(context.Background())
}

type server struct {
	p           *proactor.Proactor
	listener    int
	listening   bool // the listener is open
	stopping    bool
	op, closing proactor.Completion
	clients     map[*client]bool
}

func (s *server) accept() {
	if s.stopping {
		return
	}
	if err := s.p.Accept(&s.op, s.listener, 0, s.acceptCallback); err != nil {
		s.pause(err)
	}
}

func (s *server) acceptCallback(_ *proactor.Completion, r proactor.Result) {
	switch {
	case errors.Is(r.Err, net.ErrClosed):
		return // by stop
	case r.Err != nil:
		s.pause(r.Err)
		return
	}
	c := &client{s: s, fd: r.N, buf: make([]byte, 1024)}
	s.clients[c] = true
	if s.stopping {
		c.close(nil) // it came at the last moment
		return
	}
	c.recv()
	s.accept()
}

// pause puts the next accept off. A process that has no descriptor left would
// only fail again at once.
func (s *server) pause(reason error) {
	log.Print(reason)
	err := s.p.Timeout(&s.op, 100*time.Millisecond,
		func(*proactor.Completion, proactor.Result) { s.accept() })
	if err != nil {
		log.Fatal(err)
	}
}

// stop closes all that is open. What is under way on it ends with net.ErrClosed.
func (s *server) stop() {
	s.stopping = true
	if err := s.p.CloseFD(&s.closing, s.listener, s.closeCallback); err != nil {
		log.Fatal(err)
	}
	for c := range s.clients {
		c.close(nil)
	}
}

func (s *server) closeCallback(*proactor.Completion, proactor.Result) {
	s.listening = false
	s.endIfDone()
}

func (s *server) endIfDone() {
	if !s.listening && len(s.clients) == 0 {
		s.p.Close()
	}
}

// A client is one connection. It receives and sends by turns, so one Completion
// does for both. The close has its own: it may come in the middle of them.
type client struct {
	s           *server
	fd          int
	op, closing proactor.Completion
	closed      bool
	buf         []byte
}

func (c *client) recv() {
	if err := c.s.p.Recv(&c.op, c.fd, c.buf, 0, c.recvCallback); err != nil {
		c.close(err)
	}
}

func (c *client) recvCallback(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil || r.N == 0 {
		c.close(r.Err)
		return
	}
	if err := c.s.p.Send(&c.op, c.fd, c.buf[:r.N], 0, c.sendCallback); err != nil {
		c.close(err)
	}
}

func (c *client) sendCallback(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil {
		c.close(r.Err)
		return
	}
	c.recv()
}

// close ends the connection once. The failure of one client is a line in the
// log, and none of the others' business.
func (c *client) close(reason error) {
	if c.closed {
		return
	}
	c.closed = true
	if reason != nil {
		log.Print(reason)
	}
	if err := c.s.p.CloseFD(&c.closing, c.fd, c.closeCallback); err != nil {
		log.Fatal(err)
	}
}

func (c *client) closeCallback(*proactor.Completion, proactor.Result) {
	delete(c.s.clients, c)
	c.s.endIfDone()
}
