//go:build unix

package sim

import (
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/netname"
)

// A node is a host with a backend that is driven by hand.
type node struct {
	*rig
	h *Host
	s *Boot
}

// inHosts runs a test in a bubble, on two hosts a and b with a link of a latency between.
func inHosts(t *testing.T, o Options, test func(a, b *node)) {
	t.Helper()
	inWorld(t, o, func(r *rig) { test(r.host("a"), r.host("b")) })
}

// onePlace has a socket listen that has room for one connection. The least that listen(2) can
// be told has room for two.
func (n *node) onePlace(fd int) {
	n.Helper()
	n.must(n.s.Listen(fd, 1))
	n.s.descriptors.get(fd).resource.(*socket).room = 1
}

// slow is a World in which a packet travels for 10 ms.
var slow = Options{Link: LinkConfig{Latency: Fixed(hop)}}

const hop = 10 * time.Millisecond

func (r *rig) host(name string) *node {
	r.Helper()
	h, err := r.w.AddHost(name)
	if err != nil {
		r.Fatal(err)
	}
	return r.boot(h)
}

// boot is a node on the present boot of a host.
func (r *rig) boot(h *Host) *node {
	r.Helper()
	b, err := h.Boot().Backend()
	if err != nil {
		r.Fatal(err)
	}
	n := &node{&rig{TB: r.TB, w: r.w, b: b, events: map[backend.Token]backend.Event{}, all: r.all}, h, h.Boot()}
	*r.all = append(*r.all, n)
	return n
}

// at is the host's address with a port.
func (n *node) at(port uint16) netip.AddrPort { return netip.AddrPortFrom(n.h.Addrs()[0], port) }

func rawOf(a netip.AddrPort) []byte { return endpointAt(a).raw(family(a)) }

func family(a netip.AddrPort) int {
	if a.Addr().Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// socket makes a socket that is bound to an address, where that is valid.
func (n *node) socket(kind int, at netip.AddrPort) int {
	n.Helper()
	fam := unix.AF_INET
	if at.IsValid() {
		fam = family(at)
	}
	fd, err := n.s.Socket(netname.Kind{Family: fam, Type: kind})
	if err != nil {
		n.Fatal(err)
	}
	if at.IsValid() {
		n.w.enter()
		errno := n.s.bind(n.s.descriptors.get(fd).resource.(*socket), endpointAt(at))
		n.w.leave()
		if errno != 0 {
			n.Fatalf("bind to %v: %v", at, errno)
		}
	}
	return fd
}

func (n *node) listen(port uint16) int {
	n.Helper()
	fd := n.socket(unix.SOCK_STREAM, netip.AddrPortFrom(netip.IPv4Unspecified(), port))
	if err := n.s.Listen(fd, 0); err != nil {
		n.Fatal(err)
	}
	return fd
}

// dial begins a connect.
func (n *node) dial(to netip.AddrPort) (fd int, connected backend.Token) {
	n.Helper()
	fd = n.socket(unix.SOCK_STREAM, netip.AddrPort{})
	return fd, n.start(connect(fd, rawOf(to)))
}

// connection is one from a to a listener of b.
func connection(a, b *node) (client, server int) {
	a.Helper()
	l := b.listen(0)
	waits := b.start(accept(l))
	addr, err := b.s.Getsockname(l, "tcp")
	if err != nil {
		a.Fatal(err)
	}
	_, port, _ := netname.IPPort(addr)
	client, connected := a.dial(b.at(uint16(port)))
	a.wantEvent(connected, 0)
	server = b.wait(waits).Result
	b.want(0, closeFD(l))
	return client, server
}

// took checks how long something takes.
func took(t testing.TB, want time.Duration, do func()) {
	t.Helper()
	begin := time.Now()
	do()
	near(t, time.Since(begin), want)
}

// near checks a duration, apart from the nanoseconds that keep instants apart.
func near(t testing.TB, got, want time.Duration) {
	t.Helper()
	if d := got - want; d < 0 || d > time.Microsecond {
		t.Errorf("it took %v, want %v", got, want)
	}
}

// wantNote checks that the journal has a line with some words.
func (n *node) wantNote(words string) {
	n.Helper()
	for _, e := range n.w.Journal() {
		if strings.Contains(e.String(), words) {
			return
		}
	}
	n.Errorf("the journal has no %q:\n%s", words, journalText(n.w))
}

func journalText(w *World) string {
	var b strings.Builder
	for _, e := range w.Journal() {
		b.WriteString(e.String() + "\n")
	}
	return b.String()
}

const (
	refusal  = -int(syscall.ECONNREFUSED)
	resetBy  = -int(syscall.ECONNRESET)
	timedOut = -int(syscall.ETIMEDOUT)
	brokenBy = -int(syscall.EPIPE)
)
