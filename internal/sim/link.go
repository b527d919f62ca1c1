//go:build unix

package sim

// A LinkConfig is what packets meet with on their way from one host to another. A packet is
// a datagram, or up to 16 KiB of what a connection carries. The zero LinkConfig is a
// perfect link.
type LinkConfig struct {
	Latency Dist // how long a packet travels

	// The shares, 0 to 1, of packets that this happens to. A connection loses and repeats
	// nothing: there, a loss is a delay of 200 ms, and of twice that for each loss more.
	Loss      float64 // it does not arrive
	Duplicate float64 // a datagram arrives twice
	Reorder   float64 // a datagram is held back, so that later ones overtake it
	Resets    float64 // the connection breaks

	Bandwidth int // bytes a second; 0 is no bound
	Queue     int // bytes that may wait for the bandwidth before packets are lost; 256 KiB if 0
}

const queueDefault = 256 << 10

// A Link is the way from one host to another, or from or to every host. Where several
// cover two hosts, the settings of the one that names both count, then of the one that
// names the sender, then of the one that names the receiver, then of the one of all; a
// packet passes if none of them stops it. Methods may be called from any goroutine.
type Link struct {
	w  *World
	to [2]string
}

// A rule is what was set for a Link.
type rule struct {
	config            *LinkConfig
	cut, refuse, hold bool
	filter            func(Packet) bool
}

// Link is the link from one host to another; Everyone stands for all. The hosts need not be
// there yet.
func (w *World) Link(from, to string) *Link {
	return &Link{w, [2]string{plain(from), plain(to)}}
}

// rule is that of l, to be changed.
func (l *Link) rule() *rule {
	r := l.w.rules[l.to]
	if r == nil {
		r = &rule{}
		l.w.rules[l.to] = r
	}
	l.w.ruled++
	return r
}

// change changes the rule of l, and tells of it.
func (l *Link) change(what string, do func(r *rule)) {
	l.w.enter()
	defer l.w.leave()
	do(l.rule())
	l.w.note("", 0, "link "+l.to[0]+" > "+l.to[1]+" "+what)
	l.w.watch()
}

// Set sets what packets meet with from now on.
func (l *Link) Set(c LinkConfig) { l.change("is set", func(r *rule) { r.config = &c }) }

// Swap is Set that returns what was set before, nil for nothing; a nil c sets nothing.
func (l *Link) Swap(c *LinkConfig) (before *LinkConfig) {
	what := "is set"
	if c == nil {
		what = "is as before"
	}
	l.change(what, func(r *rule) { before, r.config = r.config, c })
	return before
}

// Cut has packets vanish, those on their way too.
func (l *Link) Cut() { l.change("is cut", func(r *rule) { r.cut = true }) }

// Refuse has packets answered with a reset or, where they are datagrams, as if nobody
// were there.
func (l *Link) Refuse() { l.change("refuses", func(r *rule) { r.refuse = true }) }

// Hold has packets wait for Heal.
func (l *Link) Hold() { l.change("holds", func(r *rule) { r.hold = true }) }

// Heal ends Cut, Refuse, Hold and Filter.
func (l *Link) Heal() {
	l.change("heals", func(r *rule) { r.cut, r.refuse, r.hold, r.filter = false, false, false, nil })
	l.w.enter()
	defer l.w.leave()
	l.w.letGo()
}

// Filter has packets that pass does not let through vanish; nil lets through all. It is
// called while the World stands still, and must not call it.
func (l *Link) Filter(pass func(Packet) bool) {
	l.change("is filtered", func(r *rule) { r.filter = pass })
}

// Reset breaks the connections over the link, in either direction, and returns how many
// there were. Both ends hear of it at once.
func (l *Link) Reset() int {
	l.w.enter()
	defer l.w.leave()
	n := 0
	for _, p := range l.w.pairs {
		if !l.covers(p.a, p.b) && !l.covers(p.b, p.a) {
			continue
		}
		for p.conns.First != nil {
			p.conns.First.Value.reset()
			n++
		}
	}
	l.w.note("", 0, "link "+l.to[0]+" > "+l.to[1]+" resets its connections")
	return n
}

func (l *Link) covers(from, to *Host) bool {
	return (l.to[0] == Everyone || l.to[0] == from.key) && (l.to[1] == Everyone || l.to[1] == to.key)
}

// rulesFor are the rules that count from one host to another, the most special first.
func (w *World) rulesFor(from, to *Host) (rules []*rule) {
	for _, k := range [][2]string{{from.key, to.key}, {from.key, Everyone}, {Everyone, to.key}, {Everyone, Everyone}} {
		if r := w.rules[k]; r != nil {
			rules = append(rules, r)
		}
	}
	return rules
}
