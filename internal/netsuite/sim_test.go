//go:build unix

package netsuite

import (
	"net"
	"testing"
	"time"

	"golang.org/x/net/nettest"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/sim"
)

// TestSimulatedConnIsANetConn runs the suite on simulated hosts, in real time: within one host,
// and between two over a link that takes time.
func TestSimulatedConnIsANetConn(t *testing.T) {
	w := sim.New(t, 1, sim.Config{Link: sim.LinkConfig{Latency: sim.Dist{Min: time.Microsecond, Max: 200 * time.Microsecond}}})
	a, b := w.Host("a", nil).IO(), w.Host("b", nil).IO()
	must(t, b.MkdirAll("/run", 0o777))
	for _, tt := range []struct {
		name, network, address string
		from                   *await.IO
	}{
		{"loopback", "tcp4", "127.0.0.1:0", b},
		{"loopback of IPv6", "tcp6", "[::1]:0", b},
		{"unix", "unix", "/run/s", b},
		{"link", "tcp4", "b:0", a},
		{"link of IPv6", "tcp6", "b:0", a},
	} {
		t.Run(tt.name, func(t *testing.T) {
			nettest.TestConn(t, func() (_, _ net.Conn, stop func(), err error) {
				l, err := b.Listen(tt.network, tt.address)
				if err != nil {
					return nil, nil, nil, err
				}
				defer l.Close()
				return testutil.ConnPair(l, tt.from.Dial)
			})
		})
	}
}
