package serve

import (
	"fmt"

	"github.com/lesismal/nbio"
	"github.com/lesismal/nbio/logging"

	"github.com/awaitio/awaitio/bench/internal/wire"
)

// startNbio leaves the number of pollers and their buffers to the library.
func startNbio(s wire.Spec) (wire.Hello, error) {
	if s.Work != "echo" {
		return wire.Hello{}, fmt.Errorf("nbio does no %q here", s.Work)
	}
	logging.SetLevel(logging.LevelNone)
	engine := nbio.NewEngine(nbio.Config{Network: "tcp", Addrs: []string{loopback}})
	// What Write does not send at once it copies: the data need not be copied first.
	engine.OnData(func(c *nbio.Conn, data []byte) {
		if _, err := c.Write(data); err != nil {
			c.Close()
		}
	})
	if err := engine.Start(); err != nil {
		return wire.Hello{}, err
	}
	return wire.Hello{Addr: engine.Addrs[0]}, nil
}
