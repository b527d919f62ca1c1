// Command tcp_echo_client_timeout is tcp_echo_client that waits for the answer
// only so long, in callback style.
//
// It submits the receive and a timeout beside it, and the first to complete
// cancels the other: that shows how operations are raced against each other. For
// just this purpose the proactor has one call, RecvWithTimeout.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"time"

	"github.com/awaitio/awaitio/examples/internal/cli"
	"github.com/awaitio/awaitio/examples/internal/tcp"
	"github.com/awaitio/awaitio/proactor"
)

const hello = "Hello from client!\n"

func main() {
	cli.About("Sends a greeting to an echo server and waits a limited time for the answer (callbacks).")
	log.SetFlags(0)
	addr, timeout := cli.AddrAndMillis("timeout", 500*time.Millisecond)
	log.Printf("recv_timeout=%d ms.", timeout.Milliseconds())
	if err := run(addr, timeout); err != nil {
		log.Fatal(err)
	}
}

func run(addr *net.TCPAddr, timeout time.Duration) error {
	p, err := proactor.New(proactor.Config{})
	if err != nil {
		return err
	}
	defer p.Close()
	fd, err := tcp.Socket(addr)
	if err != nil {
		return err
	}
	c := &client{p: p, fd: fd, timeout: timeout, buf: make([]byte, 8192)}
	c.submitted(p.Connect(&c.op, fd, addr, c.connectCallback))
	if err := p.Run(context.Background()); err != nil {
		return err
	}
	return c.err
}

// A client has a Completion for each operation that can be under way beside the
// others, and closes the connection when none is any more. To use one again, or
// to close, as soon as the race is decided would be too early: the loser is
// still to call back.
type client struct {
	p       *proactor.Proactor
	fd      int
	timeout time.Duration
	buf     []byte

	op, timer, cancel proactor.Completion
	underWay          int  // callbacks to come
	decided           bool // the receive or the timeout is complete
	err               error
}

// submitted counts an operation in. One that the proactor refused will not call
// back: it is complete already.
func (c *client) submitted(err error) {
	c.underWay++
	if err != nil {
		c.err = errors.Join(c.err, err)
		c.completed()
	}
}

// completed counts it out. A callback that started nothing new was the last.
func (c *client) completed() {
	c.underWay--
	if c.underWay > 0 {
		return
	}
	if err := c.p.CloseFD(&c.op, c.fd, c.closeCallback); err != nil {
		c.closeCallback(&c.op, proactor.Result{Err: err})
	}
}

func (c *client) connectCallback(_ *proactor.Completion, r proactor.Result) {
	defer c.completed()
	if r.Err != nil {
		c.err = fmt.Errorf("connectCallback err=%w", r.Err)
		return
	}
	c.submitted(c.p.Send(&c.op, c.fd, []byte(hello), 0, c.sendCallback))
}

func (c *client) sendCallback(_ *proactor.Completion, r proactor.Result) {
	defer c.completed()
	if r.Err != nil {
		c.err = fmt.Errorf("sendCallback err=%w", r.Err)
		return
	}
	log.Printf("Sent:     %s", hello[:r.N])
	c.submitted(c.p.Recv(&c.op, c.fd, c.buf, 0, c.recvCallback))
	c.submitted(c.p.Timeout(&c.timer, c.timeout, c.timeoutCallback))
}

func (c *client) recvCallback(_ *proactor.Completion, r proactor.Result) {
	defer c.completed()
	switch {
	case errors.Is(r.Err, proactor.ErrCanceled):
		log.Print("recvCallback err=Canceled")
	case r.Err != nil:
		c.err = fmt.Errorf("recvCallback err=%w", r.Err)
	case r.N == 0: // the server just left
		c.err = fmt.Errorf("recvCallback err=%w", io.EOF)
	default: // data that came is here even if the cancel came too
		log.Printf("Received: %s", c.buf[:r.N])
	}
	if c.wins() {
		c.submitted(c.p.Cancel(&c.cancel, &c.timer, c.cancelTimeoutCallback))
	}
}

func (c *client) timeoutCallback(_ *proactor.Completion, r proactor.Result) {
	defer c.completed()
	log.Print("timeoutCallback start")
	if r.Err != nil {
		log.Print("timeoutCallback err=Canceled")
	}
	if c.wins() {
		c.submitted(c.p.Cancel(&c.cancel, &c.op, c.cancelRecvCallback))
	}
}

// wins reports whether the caller is the first of the two to complete. Both may
// be complete in the same round, and then there is nothing to cancel.
func (c *client) wins() bool {
	first := !c.decided
	c.decided = true
	return first
}

// A cancel's own result tells whether it came in time. The callback of what it
// was to cancel tells that better.
func (c *client) cancelRecvCallback(*proactor.Completion, proactor.Result) {
	log.Print("cancelRecvCallback start")
	c.completed()
}

func (c *client) cancelTimeoutCallback(*proactor.Completion, proactor.Result) {
	log.Print("cancelTimeoutCallback start")
	c.completed()
}

func (c *client) closeCallback(_ *proactor.Completion, r proactor.Result) {
	if c.err == nil { // otherwise main has the one line to print
		log.Print("closeCallback start")
	}
	// Called from a callback, Close does not wait: Run returns after this.
	c.err = errors.Join(c.err, r.Err, c.p.Close())
}
