//go:build unix

package sim

import (
	"net/netip"

	"github.com/awaitio/awaitio/internal/list"
)

// A pair is two hosts that have sent each other something.
type pair struct {
	a, b  *Host
	conns list.List[conn] // between them, and not over
}

// A path is the way from one host to another, or back to itself.
type path struct {
	w        *World
	from, to *Host
	id       object
	pair     *pair // nil within a host
	back     *path

	config  LinkConfig
	rules   []*rule
	ruled   uint64 // which state of the World's rules those are of
	refuses bool
	cut     bool // by a rule or the partition
	holds   bool

	free int64    // when the last packet is out, where there is a bandwidth
	held []func() // what waits for the path to hold no more
}

// way is the path from one host to another.
func (w *World) way(from, to *Host) *path {
	if p := w.paths[[2]*Host{from, to}]; p != nil {
		return p
	}
	p := &path{w: w, from: from, to: to, id: object(mix(uint64(from.id), uint64(to.id)))}
	w.paths[[2]*Host{from, to}] = p
	if from == to {
		p.back = p
		if from == w.local { // there, Options say what packets meet with
			p.config = LinkConfig{Latency: w.opt.WireDelay.even(), Loss: w.opt.Loss}
		}
		return p
	}
	p.ruled = w.ruled - 1
	if back := w.paths[[2]*Host{to, from}]; back != nil {
		p.back, p.pair = back, back.pair
		return p
	}
	p.pair = &pair{a: from, b: to}
	w.pairs = append(w.pairs, p.pair)
	w.allPaths = append(w.allPaths, p)
	p.back = w.way(to, from)
	p.back.back = p
	p.back.pair = p.pair
	w.allPaths = append(w.allPaths, p.back)
	return p
}

// look brings the path up to the World's rules.
func (p *path) look() {
	if p.from == p.to || p.ruled == p.w.ruled {
		return
	}
	p.ruled = p.w.ruled
	p.rules = p.w.rulesFor(p.from, p.to)
	p.config = p.w.opt.Link
	p.cut, p.refuses, p.holds = separated(p.from, p.to), false, false
	for i := len(p.rules) - 1; i >= 0; i-- {
		r := p.rules[i]
		if r.config != nil {
			p.config = *r.config
		}
		p.cut, p.refuses, p.holds = p.cut || r.cut, p.refuses || r.refuse, p.holds || r.hold
	}
}

// blocked reports whether nothing gets through: the path is cut, or nobody is at its end.
func (p *path) blocked() bool {
	p.look()
	return p.cut || p.to.boot.state == bootCrashed
}

// deliver sends a packet of s, without the data and the return that a stream has.
func (p *path) deliver(s *socket, k PacketKind, do func()) {
	s.packets++
	at, f := p.carry(s.id, s.packets, k, s.local.ip, s.remote.ip, nil)
	if f > spared {
		return
	}
	p.w.when(at, s.id, func() {
		if !p.blocked() {
			do()
		}
	})
}

// letGo sends what waited on paths that hold no more.
func (w *World) letGo() {
	for _, p := range w.allPaths {
		p.look()
		if p.holds {
			continue
		}
		held := p.held
		p.held = nil
		for _, send := range held {
			send()
		}
	}
}

// The networks that hosts have their addresses of.
var (
	network4 = netip.MustParsePrefix("10.0.0.0/16")
	network6 = netip.MustParsePrefix("fd00::/112")
)
