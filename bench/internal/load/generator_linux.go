package load

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/latency"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A Generator has all connections to one server.
type Generator struct {
	epoll  int
	conns  []conn
	buf    []byte // what is received goes here, and nowhere
	events []unix.EpollEvent

	request []byte
	answer  int  // bytes of the answer to a request
	group   bool // one connection asks, and all get the answer
	idle    bool // after the first answers, nobody asks any more
	check   bool // compare what is received with request

	epoch   time.Time
	until   time.Duration // since epoch: no request begins after it
	waiting int           // connections whose answers are due
	begun   time.Duration // of the group's request
	window  wire.Window
	latency *latency.Recorder
}

// eventsMax is how many events one system call brings.
const eventsMax = 512

// readMax is how much one system call reads.
const readMax = 256 << 10

// Connect makes the connections and tries each of them.
func Connect(s wire.Spec) (*Generator, error) {
	g := &Generator{
		buf:    make([]byte, readMax),
		events: make([]unix.EpollEvent, eventsMax),
		conns:  make([]conn, s.Conns),
		group:  s.Work == "broadcast",
		epoch:  time.Now(),
	}
	var err error
	if g.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		return nil, fmt.Errorf("epoll_create1: %w", err)
	}
	if err := g.connect(s.Addr); err != nil {
		g.Close()
		return nil, err
	}
	if err := g.prepare(s); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// prepare settles what is asked and answered, and looks at the first answers.
func (g *Generator) prepare(s wire.Spec) error {
	switch s.Work {
	case "http":
		var err error
		g.request = []byte("GET / HTTP/1.1\r\nHost: bench\r\n\r\n")
		if g.answer, err = answerLength(g.conns[0].fd, g.request); err != nil {
			return err
		}
	case "broadcast":
		if err := g.welcomed(); err != nil {
			return err
		}
		fallthrough
	default:
		g.request = message(s.Size)
		g.answer, g.check = s.Size, true
	}
	for i := range g.conns {
		if err := g.watch(i); err != nil {
			return err
		}
	}
	_, err := g.Run(1) // every connection once
	g.check = false
	g.idle = s.Work == "idle"
	return err
}

// welcomed waits until each connection is one that the hub knows.
func (g *Generator) welcomed() error {
	for _, c := range g.conns {
		if n, err := unix.Read(c.fd, g.buf[:1]); n == 0 || err != nil {
			return fmt.Errorf("the server's welcome, %d bytes: %w", n, err)
		}
	}
	return nil
}

// message is n bytes that differ from one to the next.
func message(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i % 251)
	}
	return p
}

// Close resets the connections, so that none lingers.
func (g *Generator) Close() {
	for _, c := range g.conns {
		if c.fd > 0 {
			_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
			unix.Close(c.fd)
		}
	}
	unix.Close(g.epoll)
}
