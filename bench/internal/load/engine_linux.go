package load

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// An engine moves a generator's bytes: what it receives on a connection it hands to
// Generator.received. Only the thread that made it may use it.
type engine interface {
	// watch has the engine receive on c from the next turn on.
	watch(c *conn) error

	// ask sends the request on c, all of it, in its own time.
	ask(c *conn) error

	// turn waits for something to happen, and deals with it. ETIME: nothing does.
	turn() error

	// close ends the engine, before the connections.
	close() error
}

// Engines are the names of all, the best first: the one that takes least itself, because
// on a machine of few cores it competes with the server.
func Engines() []string { return []string{wire.IOUring, wire.Epoll} }

// Engine is the engine that name asks for, "" being the best that this system can run.
func Engine(name string) (string, error) {
	if name != "" && !slices.Contains(Engines(), name) {
		return "", fmt.Errorf("there is no load generator %q, but %q", name, Engines())
	}
	if name == wire.Epoll {
		return name, nil
	}
	runtime.LockOSThread() // which a ring belongs to
	defer runtime.UnlockOSThread()
	e, err := newUring(nil, 0)
	switch {
	case err == nil:
		return wire.IOUring, e.close()
	case name == wire.IOUring:
		return "", fmt.Errorf("a load generator on io_uring: %w", err)
	}
	return wire.Epoll, nil
}

// newEngine makes the engine of that name.
func newEngine(name string, g *Generator) (engine, error) {
	if name == wire.IOUring {
		return newUring(g, g.answer)
	}
	return newEpoll(g)
}
