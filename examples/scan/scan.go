// Command scan tells which TCP ports of a host are open.
//
//	scan [-timeout 500ms] [-n 256] host ports
//
// Ports are numbers and ranges: 22,80,8000-8100. Scan connects to each of them,
// to -n at the same time, and waits for each no longer than -timeout. The result
// has a line for each state that was found, with its ports in order:
//
//	open      22,80
//	filtered  8000-8003
//	closed    8004-8100
//
// A closed port refused; a filtered one did not answer in time, or something on
// the way said that it may not be reached. Ctrl-C stops the scan at once: what
// is known is told, and the rest is "not tried".
//
// The exit status is 0 if a port is open, 1 if none is, and 2 if the host is not
// known or the command line makes no sense.
//
// Scan your own hosts, or those whose owner knows.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/examples/internal/cli"
)

func main() {
	s, host, ports := commandLine()
	ctx := cli.Interruptible()
	address, err := lookUp(ctx, host)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Fprintf(os.Stderr, "ports of %s to try: %d\n", address, len(ports))
	s.dial = dialer(address, s.timeout)
	found, err := s.run(ctx, ports)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Print(report(found))
	if len(found[open]) == 0 {
		os.Exit(1)
	}
}

func commandLine() (s *scanner, host string, ports []uint16) {
	cli.About("Tells which TCP ports of host are open.")
	s = &scanner{}
	flag.DurationVar(&s.timeout, "timeout", 500*time.Millisecond, "how long a port may take to answer")
	flag.IntVar(&s.parallel, "n", 256, "how many ports to try at the same time")
	args := cli.Arguments("[flags] host ports   (ports: 22,80,8000-8100)", 2)
	if s.timeout <= 0 || s.parallel < 1 {
		cli.Refuse("-timeout and -n must be more than 0")
	}
	ports, err := parsePorts(args[1])
	if err != nil {
		cli.Refuse("%v", err)
	}
	return s, args[0], ports
}

// lookUp returns one address of host, so that a name is not looked up for each
// port, and all ports are those of one machine.
func lookUp(ctx context.Context, host string) (string, error) {
	addresses, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		return "", fmt.Errorf("%w: is %q spelled right?", err, host)
	}
	return addresses[0], nil
}

// dialer returns a function that tries one port.
func dialer(address string, timeout time.Duration) func(context.Context, uint16) error {
	d := await.Dialer{Timeout: timeout}
	return func(ctx context.Context, port uint16) error {
		c, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address, fmt.Sprint(port)))
		if err != nil {
			return err
		}
		return c.Close()
	}
}
