//go:build unix

package await

import (
	"context"
	"fmt"
	"net"
	"net/http/httptrace"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

// A traced notes what hooks are called with.
type traced struct {
	mu     sync.Mutex
	events []string
}

func (r *traced) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, fmt.Sprintf(format, args...))
}

func (r *traced) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(i httptrace.DNSStartInfo) { r.note("DNSStart %v", i) },
		DNSDone: func(i httptrace.DNSDoneInfo) {
			r.note("DNSDone %v %v %s", i.Addrs, i.Coalesced, describe(i.Err))
		},
		ConnectStart: func(network, address string) { r.note("ConnectStart %s %s", network, address) },
		ConnectDone: func(network, address string, err error) {
			r.note("ConnectDone %s %s %s", network, address, describe(err))
		},
	})
}

// tracedDials are dials whose hooks are compared.
func tracedDials(t testing.TB) []dialCase {
	l, err := outside.Listen("tcp4", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	path, err := outside.Listen("unix", filepath.Join(tempDir(t), "s"))
	must(t, err)
	t.Cleanup(func() { _ = path.Close() })
	_, port, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	unused := listenFD(t, "tcp4", "127.0.0.1:0").addr.String()
	local := fakeDNS{v4: []net.IP{net.IPv4(127, 0, 0, 1)}}.resolver()
	both := fakeDNS{v4: []net.IP{net.IPv4(127, 0, 0, 1)}, v6: []net.IP{net.ParseIP("2001:db8::1")}}.resolver()
	// A name server that is not there is connected to all the same.
	mute := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", unused)
	}}
	return []dialCase{
		{name: "literal", network: "tcp", address: l.Addr().String()},
		{name: "version 4", network: "tcp4", address: l.Addr().String()},
		{name: "datagrams", network: "udp", address: l.Addr().String()},
		{name: "path", network: "unix", address: path.Addr().String()},
		{name: "refused", network: "tcp", address: unused},
		{name: "name", network: "tcp", address: "somebody.example.:" + port, dialer: net.Dialer{Resolver: local}},
		{name: "name of version 4", network: "tcp4", address: "somebody.example.:" + port, dialer: net.Dialer{Resolver: local}},
		{name: "two addresses", network: "tcp", address: "somebody.example.:" + port, dialer: net.Dialer{Resolver: both, FallbackDelay: -1}},
		{name: "unknown name", network: "tcp", address: "nobody.example.:1", dialer: net.Dialer{Resolver: fakeDNS{}.resolver()}},
		{name: "name server", network: "tcp", address: "nobody.example.:1", dialer: net.Dialer{Resolver: mute}},
		{name: "unknown network", network: "bogus", address: "x"},
		{name: "no time", network: "tcp", address: l.Addr().String(), dialer: net.Dialer{Deadline: time.Unix(1, 0)}},
	}
}

// Hooks of net/http/httptrace are called as package net calls them.
func TestDialTracesAsNet(t *testing.T) {
	io := open(t, Config{})
	for _, c := range tracedDials(t) {
		t.Run(c.name, func(t *testing.T) {
			var ours, theirs traced
			dial := func(r *traced, dial func(ctx context.Context, network, address string) (net.Conn, error)) {
				if conn, err := dial(r.context(background), c.network, c.address); err == nil {
					must(t, conn.Close())
				}
			}
			dial(&theirs, c.dialer.DialContext)
			dial(&ours, dialerLike(io, &c.dialer).DialContext)
			if !slices.Equal(ours.events, theirs.events) {
				t.Errorf("got  %q\nwant %q", ours.events, theirs.events)
			}
		})
	}
}

// A context may have a few of the hooks, or those of others around it.
func TestDialTracesWhatThereIs(t *testing.T) {
	io := open(t, Config{})
	l := listenOn(t, io, "tcp4")
	var inner, outer traced
	ctx := httptrace.WithClientTrace(outer.context(background), &httptrace.ClientTrace{
		ConnectDone: func(network, address string, err error) { inner.note("ConnectDone %s %s %v", network, address, err) },
	})
	c, err := (&Dialer{IO: io}).DialContext(ctx, "tcp", l.Addr().String())
	must(t, err)
	must(t, c.Close())
	if len(inner.events) != 1 || len(outer.events) != 2 {
		t.Errorf("got %q and %q, want one and two", inner.events, outer.events)
	}
	none := httptrace.WithClientTrace(background, &httptrace.ClientTrace{})
	c, err = (&Dialer{IO: io}).DialContext(none, "tcp", l.Addr().String())
	must(t, err)
	must(t, c.Close())
}
