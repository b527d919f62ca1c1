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
	// name is one of Engines.
	name() string

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
	runtime.LockOSThread() // which an engine belongs to
	defer runtime.UnlockOSThread()
	e, err := newEngine(name, &Generator{})
	if err != nil {
		return "", err
	}
	return e.name(), e.close()
}

// newEngine makes for g the engine that name asks for, as Engine does.
func newEngine(name string, g *Generator) (engine, error) {
	if name != "" && !slices.Contains(Engines(), name) {
		return nil, fmt.Errorf("there is no load generator %q, but %q", name, Engines())
	}
	if name != wire.Epoll {
		e, err := newUring(g)
		switch {
		case err == nil:
			return e, nil
		case name == wire.IOUring:
			return nil, fmt.Errorf("a load generator on io_uring: %w", err)
		}
	}
	e, err := newEpoll(g)
	if err != nil {
		return nil, err
	}
	return e, nil
}
