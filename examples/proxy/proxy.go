// Command proxy forwards TCP connections to another address.
//
//	proxy [-idle 1m] [-dial-timeout 5s] [-grace 10s] listen-address target-address
//
// For each client it connects to the target and carries bytes both ways. When
// one side has no more to send, the other is told so and may still answer; when
// one breaks the connection off, so does the proxy on the other side. A connection
// on which no byte moves for the time of -idle is closed. Each leaves one line in
// the log, on the standard error.
//
// SIGINT and SIGTERM end the proxy: it listens no longer, and connections have
// the time of -grace to finish, after which they are cut. A second signal ends it
// at once. The exit status is 0, or 1 if it cannot listen, or 2 if the command
// line makes no sense.
package main

import (
	"context"
	"flag"
	"log"
	"net"
	"os"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/cli"
)

func main() {
	p, listen := commandLine()
	if err := p.run(cli.Interruptible(), listen); err != nil {
		p.log.Fatal(err)
	}
}

// A proxy is what the command line asks for.
type proxy struct {
	target string
	dialer await.Dialer
	idle   time.Duration // zero is no limit
	grace  time.Duration
	log    *log.Logger
}

func commandLine() (p *proxy, listen string) {
	cli.About("Forwards TCP connections from listen-address to target-address.")
	p = &proxy{log: log.New(os.Stderr, "", log.LstdFlags)}
	flag.DurationVar(&p.idle, "idle", time.Minute, "close a connection on which no byte moves for this time; 0 is never")
	flag.DurationVar(&p.dialer.Timeout, "dial-timeout", 5*time.Second, "how long the target may take to answer")
	flag.DurationVar(&p.grace, "grace", 10*time.Second, "how much time connections have to finish when the proxy is stopped")
	args := cli.Arguments("[flags] listen-address target-address", 2)
	for _, address := range args {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			cli.Refuse("%v: write host:port", err)
		}
		if _, err := net.LookupPort("tcp", port); err != nil {
			cli.Refuse("%s: %q is not a port: write a number up to 65535", address, port)
		}
	}
	if p.idle < 0 || p.dialer.Timeout < 0 || p.grace < 0 {
		cli.Refuse("a time may not be negative")
	}
	p.target = args[1]
	return p, args[0]
}

func (p *proxy) run(ctx context.Context, address string) error {
	l, err := await.Listen("tcp", address)
	if err != nil {
		return cli.WithHint(err)
	}
	p.log.Printf("%v -> %s: listening", l.Addr(), p.target)
	p.serve(ctx, l.(*await.Listener))
	return nil
}
