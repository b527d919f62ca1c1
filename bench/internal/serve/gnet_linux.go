package serve

import (
	"fmt"
	"io"
	"net"

	"github.com/panjf2000/gnet/v2"
	"github.com/panjf2000/gnet/v2/pkg/logging"
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// gnetEcho sends back what has arrived.
type gnetEcho struct {
	gnet.BuiltinEventEngine
	booted chan string
}

// OnBoot tells where the listener is: the engine itself does not.
func (e *gnetEcho) OnBoot(engine gnet.Engine) gnet.Action {
	addr, err := addressOf(engine)
	if err != nil {
		return gnet.Shutdown
	}
	e.booted <- addr
	return gnet.None
}

func (e *gnetEcho) OnTraffic(c gnet.Conn) gnet.Action {
	p, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	if _, err := c.Write(p); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func addressOf(engine gnet.Engine) (string, error) {
	fd, err := engine.Dup()
	if err != nil {
		return "", err
	}
	defer unix.Close(fd)
	name, err := unix.Getsockname(fd)
	if err != nil {
		return "", err
	}
	in4, ok := name.(*unix.SockaddrInet4)
	if !ok {
		return "", fmt.Errorf("gnet listens on %T", name)
	}
	return (&net.TCPAddr{IP: in4.Addr[:], Port: in4.Port}).String(), nil
}

// startGnet runs as many event loops as there are processors, as gnet's own
// benchmarks do.
func startGnet(s wire.Spec) (wire.Hello, error) {
	if s.Work != "echo" {
		return wire.Hello{}, fmt.Errorf("gnet does no %q here", s.Work)
	}
	e := &gnetEcho{booted: make(chan string, 1)}
	ended := make(chan error, 1)
	go func() {
		ended <- gnet.Run(e, "tcp4://"+loopback, gnet.WithMulticore(true),
			gnet.WithReadBufferCap(max(s.Size, 64<<10)), gnet.WithLogger(silent{}))
	}()
	select {
	case addr := <-e.booted:
		return wire.Hello{Addr: addr}, nil
	case err := <-ended:
		if err == nil {
			err = io.ErrUnexpectedEOF
		}
		return wire.Hello{}, fmt.Errorf("start gnet: %w", err)
	}
}

// silent drops what gnet logs: the end of each connection, among others.
type silent struct{}

var _ logging.Logger = silent{}

func (silent) Debugf(string, ...any) {}
func (silent) Infof(string, ...any)  {}
func (silent) Warnf(string, ...any)  {}
func (silent) Errorf(string, ...any) {}
func (silent) Fatalf(string, ...any) {}
