//go:build unix

package sim

import (
	"net/netip"

	"github.com/awaitio/awaitio/internal/sim"
)

// A DNS is the names that hosts look up, beside those of the hosts themselves. Methods may
// be called from any goroutine.
type DNS struct{ in *sim.DNS }

// DNS is the World's.
func (w *World) DNS() *DNS { return &DNS{w.in.DNS()} }

// Set has a name stand for addresses, in that order; without addresses, for none. It comes
// before a host of that name.
func (d *DNS) Set(name string, addrs ...netip.Addr) { d.in.Set(name, addrs...) }

// Fail has lookups of a name fail with err; nil ends that.
func (d *DNS) Fail(name string, err error) { d.in.Fail(name, err) }

// Delay is how long lookups take that are not of hosts. Default no time.
func (d *DNS) Delay(by Dist) { d.in.Delay(by.inner()) }
