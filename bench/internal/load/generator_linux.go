package load

import (
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/latency"
	"github.com/awaitio/awaitio/bench/internal/wire"
)

// A Generator has all connections to one server. It is one goroutine's, from Connect to
// Close, which has its thread to itself meanwhile.
type Generator struct {
	engine engine
	conns  []conn

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

// Connect makes the connections and tries each of them.
func Connect(s wire.Spec) (*Generator, error) {
	g := &Generator{conns: make([]conn, s.Conns), group: s.Work == "broadcast", epoch: time.Now()}
	runtime.LockOSThread()
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
func (g *Generator) prepare(s wire.Spec) (err error) {
	switch s.Work {
	case "http":
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
	if g.engine, err = newEngine(s.Generator, g); err != nil {
		return err
	}
	for i := range g.conns {
		if err := g.engine.watch(&g.conns[i]); err != nil {
			return err
		}
	}
	_, err = g.Run(1) // every connection once
	g.check = false
	g.idle = s.Work == "idle"
	return err
}

// welcomed waits until each connection is one that the hub knows.
func (g *Generator) welcomed() error {
	welcome := make([]byte, 1)
	for _, c := range g.conns {
		if n, err := unix.Read(c.fd, welcome); n == 0 || err != nil {
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
	defer runtime.UnlockOSThread()
	if g.engine != nil {
		_ = g.engine.close() // nothing is left to be lost
	}
	for _, c := range g.conns {
		if c.fd > 0 {
			_ = unix.SetsockoptLinger(c.fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
			unix.Close(c.fd)
		}
	}
}
