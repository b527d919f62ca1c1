//go:build unix

package sim

import (
	"time"

	"github.com/awaitio/awaitio/internal/sim"
)

// A LinkConfig configures the network from one host to another. A packet is a datagram, or up to
// 16 KiB of a connection's data. Within a host packets take no time, and no fault applies to
// them.
type LinkConfig struct {
	// Latency is how long a packet travels. Default from 0.5 to 2 ms; Fixed(0) is no time.
	Latency Dist

	// The shares, 0 to 1, of packets that a fault befalls. Connections lose and repeat
	// nothing: there a loss is a delay of 200 ms, and of twice that for each further loss.
	Loss      float64 // it does not arrive
	Duplicate float64 // a datagram arrives twice
	Reorder   float64 // a datagram is held back, so that later ones overtake it
	Resets    float64 // the connection breaks

	Bandwidth int // bytes a second; 0 is no bound
	Queue     int // bytes that may wait for the bandwidth before packets are lost. Default 256 KiB
}

var latencyDefault = Dist{Min: 500 * time.Microsecond, Max: 2 * time.Millisecond}

func (c LinkConfig) inner() sim.LinkConfig {
	return sim.LinkConfig{
		Latency: c.Latency.or(latencyDefault).inner(),
		Loss:    c.Loss, Duplicate: c.Duplicate, Reorder: c.Reorder, Resets: c.Resets,
		Bandwidth: c.Bandwidth, Queue: c.Queue,
	}
}

// Everyone stands for every host where a link is named.
const Everyone = sim.Everyone

// A Link is the network between two hosts, in one direction or both. If the settings of several
// Links cover two hosts, the most specific applies: first the Link that names both, then the one
// that names the sender, then the one that names the receiver, then the one of Everyone. A packet
// passes if none of them stops it. Several goroutines may call methods at once.
type Link struct{ ways []*sim.Link }

// Link returns the link between two hosts, in both directions. The hosts need not exist yet, and
// Everyone stands for all hosts.
func (w *World) Link(a, b string) *Link {
	l := w.OneWay(a, b)
	if a != b {
		l.ways = append(l.ways, w.in.Link(b, a))
	}
	return l
}

// OneWay returns the link from one host to another.
func (w *World) OneWay(from, to string) *Link { return &Link{[]*sim.Link{w.in.Link(from, to)}} }

// Set configures the link for packets from now on.
func (l *Link) Set(c LinkConfig) { l.each(func(way *sim.Link) { way.Set(c.inner()) }) }

// Cut drops packets, including those on their way. Connects fail after 127 s, and connections
// with data to send after 15 min.
func (l *Link) Cut() { l.each((*sim.Link).Cut) }

// Refuse answers packets with a reset, or datagrams as if nobody listened.
func (l *Link) Refuse() { l.each((*sim.Link).Refuse) }

// Hold delays packets until Heal.
func (l *Link) Hold() { l.each((*sim.Link).Hold) }

// Heal ends Cut, Refuse, Hold and Filter.
func (l *Link) Heal() { l.each((*sim.Link).Heal) }

// Reset breaks the connections over the link, and returns how many there were. Both ends see it
// at once.
func (l *Link) Reset() (n int) {
	l.each(func(way *sim.Link) { n += way.Reset() })
	return n
}

// Filter drops packets for which pass does not return true; nil ends that. The World stands still
// while pass runs, so pass must not call the World.
func (l *Link) Filter(pass func(Packet) bool) {
	l.each(func(way *sim.Link) {
		if pass == nil {
			way.Filter(nil)
			return
		}
		way.Filter(func(p sim.Packet) bool { return pass(packetOf(p)) })
	})
}

func (l *Link) each(do func(*sim.Link)) {
	for _, way := range l.ways {
		do(way)
	}
}
