//go:build unix

package sim

import (
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A DNS is the names of a World: those of its hosts, and what is set here, which comes
// first. Methods may be called from any goroutine.
type DNS struct{ w *World }

// names are what lookups find.
type names struct {
	addrs map[string][]netip.Addr
	fails map[string]error
	delay Dist
}

// DNS is the World's.
func (w *World) DNS() *DNS { return &DNS{w} }

// Set has a name stand for addresses, in that order; without addresses, for none.
func (d *DNS) Set(name string, addrs ...netip.Addr) {
	d.w.enter()
	defer d.w.leave()
	d.w.names.addrs[plain(name)] = append([]netip.Addr{}, addrs...)
	d.w.note("", 0, "name "+name+" is set")
}

// Fail has lookups of a name fail with err; nil ends that.
func (d *DNS) Fail(name string, err error) {
	d.w.enter()
	defer d.w.leave()
	d.w.names.fails[plain(name)] = err
	if err != nil {
		d.w.note("", 0, "name "+name+" fails")
	}
}

// Delay is how long lookups take.
func (d *DNS) Delay(by Dist) {
	d.w.enter()
	defer d.w.leave()
	d.w.names.delay = by
}

// plain is a name as it is compared.
func plain(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// validName reports whether a host can have a name: whether a program can dial it. An address is dialled
// as one, and a colon comes before the port.
func validName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return false
	}
	key := plain(name)
	return key != "" && key != Everyone && key != localName && utf8.ValidString(name) &&
		!strings.ContainsFunc(name, func(r rune) bool { return strings.ContainsRune(":[]", r) || unicode.IsControl(r) })
}

// find is what a boot's lookup of a name finds, and how long it takes. Names of hosts are
// there at once, as in a file; the error is nil where a name is not there.
func (b *Boot) find(name string) (addrs []netip.Addr, delay time.Duration, err error) {
	b.w.enter()
	defer b.w.leave()
	name = plain(name)
	n := &b.w.names
	set, ok := n.addrs[name]
	switch {
	case b.state != bootRuns:
		return nil, 0, ErrCrashed
	case name == localName:
		return []netip.Addr{loopback4, netip.IPv6Loopback()}, 0, nil
	}
	b.lookups++
	delay = n.delay.at(b.w.draw(b.id, chanceName, b.lookups))
	switch h := b.w.byName[name]; {
	case n.fails[name] != nil:
		return nil, delay, n.fails[name]
	case ok:
		return set, delay, nil
	case h != nil:
		return h.Addrs(), delay, nil
	}
	return nil, delay, nil
}
