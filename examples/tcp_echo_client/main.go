// Command tcp_echo_client sends a line to an echo server and prints the answer,
// in callback style. Each callback does two things: it takes the result of one
// operation, and starts the next. The sequence is in none of them; compare
// async_tcp_echo_client.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"

	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/examples/internal/tcp"
	"github.com/awaitio/awaitio/proactor"
)

const hello = "Hello from client!\n"

func main() {
	cli.About("Sends a greeting to an echo server and prints the answer (callbacks).")
	log.SetFlags(0)
	if err := run(cli.Addr()); err != nil {
		log.Fatal(err)
	}
}

func run(addr *net.TCPAddr) error {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		return err
	}
	defer p.Close()
	fd, err := tcp.Socket(addr)
	if err != nil {
		return err
	}
	c := &client{p: p, fd: fd, buf: make([]byte, 8192)}
	c.submitted(p.Connect(&c.op, fd, addr, c.connectCallback))
	if err := p.Run(context.Background()); err != nil {
		return err
	}
	return c.err
}

// A client does one operation after the other, so one Completion serves them
// all: it is free again when its callback is called.
type client struct {
	p   *proactor.Proactor
	fd  int
	op  proactor.Completion
	buf []byte
	err error
}

// submitted looks at what the proactor says to a submission. One that it refuses
// has no callback to go on from.
func (c *client) submitted(err error) {
	if err != nil {
		c.close(err)
	}
}

func (c *client) connectCallback(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil {
		c.close(r.Err)
		return
	}
	c.submitted(c.p.Send(&c.op, c.fd, []byte(hello), 0, c.sendCallback))
}

func (c *client) sendCallback(_ *proactor.Completion, r proactor.Result) {
	if r.Err != nil {
		c.close(r.Err)
		return
	}
	log.Printf("Sent:     %s", hello[:r.N])
	c.submitted(c.p.Recv(&c.op, c.fd, c.buf, 0, c.recvCallback))
}

func (c *client) recvCallback(_ *proactor.Completion, r proactor.Result) {
	switch {
	case r.Err != nil:
		c.close(fmt.Errorf("no answer: %w", r.Err))
	case r.N == 0: // the server just left
		c.close(fmt.Errorf("no answer: %w", io.EOF))
	default:
		log.Printf("Received: %s", c.buf[:r.N])
		c.close(nil)
	}
}

// close ends the connection, for a reason or because all is done.
func (c *client) close(reason error) {
	c.err = reason
	if err := c.p.CloseFD(&c.op, c.fd, c.closeCallback); err != nil {
		c.closeCallback(&c.op, proactor.Result{Err: err})
	}
}

func (c *client) closeCallback(_ *proactor.Completion, r proactor.Result) {
	// Called from a callback, Close does not wait: Run returns after this.
	c.err = errors.Join(c.err, r.Err, c.p.Close())
}
