//go:build unix

package sim

import (
	"net/netip"

	"github.com/awaitio/awaitio/internal/sim"
)

// A DNS has the names that hosts can look up in addition to the hosts' own names. Several
// goroutines may call methods at once.
type DNS struct{ in *sim.DNS }

// DNS returns the World's DNS.
func (w *World) DNS() *DNS { return &DNS{w.in.DNS()} }

// Set makes name resolve to addrs, in that order, or to no address. It takes precedence over a
// host of that name.
func (d *DNS) Set(name string, addrs ...netip.Addr) { d.in.Set(name, addrs...) }

// Fail makes lookups of name fail with err; nil ends that.
func (d *DNS) Fail(name string, err error) { d.in.Fail(name, err) }

// Delay sets how long lookups take of names that are not hosts. Default no time.
func (d *DNS) Delay(by Dist) { d.in.Delay(by.inner()) }
