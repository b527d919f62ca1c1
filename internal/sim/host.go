//go:build unix

package sim

import (
	"fmt"
	"net/netip"
)

// A Host is a machine of the World. What it keeps from one start to the next is its name,
// its addresses and its disk; the rest is of the present Boot.
type Host struct {
	w      *World
	name   string
	key    string // the name as it is compared
	number int    // from 1; 0 is the default host, which has loopback addresses alone
	id     object

	ip4, ip6 netip.Addr
	disk     *Disk

	boot   *Boot // the present one, or the last
	boots  int
	quiet  bool // nothing of it is noted
	paused bool
	gate   chan struct{} // closed at the end of the pause
	groups uint64        // of the partition: a set of 1<<n; none: it is not part of it
}

// hostsMax is how many addresses 10.0.0.0/16 has for hosts.
const hostsMax = 1<<16 - 2

// AddHost adds a host and boots it. Its addresses are 10.0.0.n and fd00::n for the nth
// host. A name that is taken, or that cannot be one, is an error.
func (w *World) AddHost(name string) (*Host, error) {
	w.enter()
	defer w.leave()
	switch {
	case !validName(name):
		return nil, fmt.Errorf("sim: %q is not a valid host name", name)
	case w.byName[plain(name)] != nil:
		return nil, fmt.Errorf("sim: there is a host %q already", name)
	case len(w.hosts) >= hostsMax:
		return nil, fmt.Errorf("sim: cannot add host %q: there are already %d", name, hostsMax)
	}
	h := w.newHost(name)
	w.hosts = append(w.hosts, h)
	w.byName[h.key] = h
	h.number = len(w.hosts)
	h.ip4 = netip.AddrFrom4([4]byte{10, 0, byte(h.number >> 8), byte(h.number)})
	h.ip6 = netip.AddrFrom16([16]byte{0: 0xfd, 14: byte(h.number >> 8), 15: byte(h.number)})
	w.byAddr[h.ip4], w.byAddr[h.ip6] = h, h
	h.start()
	return h, nil
}

func (w *World) newHost(name string) *Host {
	h := &Host{w: w, name: name, key: plain(name), id: w.object(name)}
	h.disk = h.newDisk()
	return h
}

// Everyone stands for every host where a link is named.
const Everyone = "*"

// localName is the default host's. No other can have it, nor is it looked up.
const localName = "localhost"

// here is the present boot of the default host, which the World's own methods act on.
func (w *World) here() *Boot {
	if w.local == nil {
		w.local = w.newHost(localName)
		w.local.start()
	}
	return w.local.boot
}

// Host is the host with a name; nil if there is none.
func (w *World) Host(name string) *Host {
	w.enter()
	defer w.leave()
	return w.byName[plain(name)]
}

// Hosts are those that AddHost made, in that order.
func (w *World) Hosts() []*Host {
	w.enter()
	defer w.leave()
	return append([]*Host(nil), w.hosts...)
}

// Name is the host's name.
func (h *Host) Name() string { return h.name }

// Addrs are the host's addresses, IPv4 first.
func (h *Host) Addrs() []netip.Addr { return []netip.Addr{h.ip4, h.ip6} }

// Boots is how often the host was started.
func (h *Host) Boots() int {
	h.w.enter()
	defer h.w.leave()
	return h.boots
}

// Running reports whether the host has a boot that did not end.
func (h *Host) Running() bool {
	h.w.enter()
	defer h.w.leave()
	return h.boot.state == bootRuns
}

// Paused reports whether the host is between Pause and Resume.
func (h *Host) Paused() bool {
	h.w.enter()
	defer h.w.leave()
	return h.paused
}

// Boot is the present boot, or the last if the host is down.
func (h *Host) Boot() *Boot {
	h.w.enter()
	defer h.w.leave()
	return h.boot
}
