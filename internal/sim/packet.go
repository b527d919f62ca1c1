//go:build unix

package sim

import (
	"net/netip"
	"time"
)

// A Packet is what passes over a link. Its Data must not be changed or kept.
type Packet struct {
	From, To string // hosts
	Kind     PacketKind
	Src, Dst netip.AddrPort
	Data     []byte
}

// A PacketKind is what a Packet is.
type PacketKind uint8

// The kinds of packets.
const (
	PacketDatagram PacketKind = iota
	PacketConnect             // asks for a connection, or grants one
	PacketData                // of a connection
	PacketEnd                 // of one direction of a connection
	PacketReset               // the connection is broken, or was refused
)

var packetNames = [...]string{"datagram", "connect", "data", "end", "reset"}

// String is the kind in words.
func (k PacketKind) String() string { return packetNames[k] }

// overhead is the size of a packet's headers, which the bandwidth carries too.
const overhead = 40

// A fate is what becomes of a packet when it is sent.
type fate uint8

const (
	passes  fate = iota // it arrives at the instant told, if the path is not cut meanwhile
	spared              // it does, and would not if its loss were not taken out: no other fault has it
	lost                // it does not
	refused             // somebody answers that it must not be
	broken              // the connection breaks when it would have arrived
	waits               // for the path to hold no more
)

// latency is how long the nth packet of o travels: by chance, or as briefly as it may.
func (w *World) latency(c *LinkConfig, o object, n uint64) time.Duration {
	if !c.Latency.varies() {
		return c.Latency.Min
	}
	w.opt.Watch.Traveled()
	if w.opt.LeastLatency {
		return c.Latency.Min
	}
	return c.Latency.at(w.draw(o, chanceLatency, n))
}

// carry sends a packet of o, the nth: what becomes of it, and when it arrives.
func (p *path) carry(o object, n uint64, k PacketKind, src, dst netip.AddrPort, data []byte) (at int64, f fate) {
	p.look()
	switch {
	case p.cut, !p.lets(k, src, dst, data):
		return 0, lost
	case p.refuses && k != PacketReset:
		return 0, refused
	case p.holds:
		return 0, waits
	}
	c, w := &p.config, p.w
	out, room := p.queue(len(data) + overhead)
	if !room {
		w.note(p.from.name, 0, k.String()+" to "+p.to.name+" finds the link's queue full")
		return 0, lost
	}
	at = out + int64(w.latency(c, o, n))
	if p.from != p.to {
		at = max(at, w.now+1) // what happens on two hosts has two instants
	}
	if p.from == p.to && k != PacketDatagram {
		return at, passes
	}
	switch id, hit := w.strikes(o, chanceLoss, n, c.Loss); {
	case hit:
		w.note(p.from.name, id, k.String()+" to "+p.to.name+" is lost")
		return 0, lost
	case id != 0:
		return at, spared
	}
	if k == PacketData || k == PacketEnd {
		if id, hit := w.strikes(o, chanceReset, n, c.Resets); hit {
			w.note(p.from.name, id, "the connection to "+p.to.name+" is reset")
			return at, broken
		}
	}
	return at, passes
}

// lets reports whether the filters let a packet through.
func (p *path) lets(k PacketKind, src, dst netip.AddrPort, data []byte) bool {
	for _, r := range p.rules {
		if r.filter != nil && !r.filter(Packet{p.from.name, p.to.name, k, src, dst, data}) {
			return false
		}
	}
	return true
}

// queue is when the last of so many bytes is out, and whether they find room to wait.
func (p *path) queue(size int) (out int64, room bool) {
	c, now := &p.config, p.w.now
	if c.Bandwidth <= 0 {
		return now, true
	}
	limit := c.Queue
	if limit <= 0 {
		limit = queueDefault
	}
	begin := max(now, p.free)
	if ahead := float64(begin-now) / float64(time.Second) * float64(c.Bandwidth); int(ahead)+size > limit && begin > now {
		return 0, false
	}
	p.free = begin + int64(float64(size)/float64(c.Bandwidth)*float64(time.Second))
	return p.free, true
}
