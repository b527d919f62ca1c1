//go:build unix

package sim

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestNames(t *testing.T) {
	inHosts(t, slow, func(a, b *node) {
		look := func(name string) string {
			t.Helper()
			ips, err := a.s.Resolver(nil).LookupIPAddr(a.Context(), name)
			if err != nil {
				return err.Error()
			}
			return fmt.Sprint(ips)
		}
		want := func(name, want string) {
			t.Helper()
			if got := look(name); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
		dns := a.w.DNS()
		want("b", "[{10.0.0.2 } {fd00::2 }]")
		want("B.", "[{10.0.0.2 } {fd00::2 }]")
		want("localhost", "[{127.0.0.1 } {::1 }]")
		want("api", "lookup api: no such host")
		dns.Set("api", b.h.Addrs()[0], netip.MustParseAddr("10.0.0.77"))
		want("api", "[{10.0.0.2 } {10.0.0.77 }]")
		dns.Set("b", b.h.Addrs()[1])
		want("b", "[{fd00::2 }]")
		dns.Set("b")
		want("b", "lookup b: no such host")
		dns.Fail("api", errors.New("server misbehaving"))
		want("api", "lookup api: server misbehaving")
		dns.Fail("api", nil)
		for network, want := range map[string]string{"ip4": "[10.0.0.1]", "ip6": "[fd00::1]", "ip": "[10.0.0.1 fd00::1]"} {
			if ips, err := a.s.Resolver(nil).LookupIP(a.Context(), network, "a"); err != nil || fmt.Sprint(ips) != want {
				t.Errorf("%s: %v, %v", network, ips, err)
			}
		}
		dns.Delay(Fixed(time.Second))
		took(t, time.Second, func() { look("api") })
		ctx, stop := context.WithTimeout(a.Context(), time.Millisecond)
		defer stop()
		_, err := a.s.Resolver(nil).LookupIPAddr(ctx, "api")
		if told := (*net.DNSError)(nil); !errors.As(err, &told) || !told.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a lookup that takes too long: %v", err)
		}
		a.h.Crash()
		if _, err := a.s.Resolver(nil).LookupIPAddr(a.Context(), "b"); !errors.Is(err, ErrCrashed) {
			t.Errorf("a lookup after a crash: %v", err)
		}
	})
}

// TestPorts compares with package net, which knows more services by a file.
// Names of hosts are compared as names are: in any case.
func TestHostNamesInCapitals(t *testing.T) {
	inWorld(t, Options{}, func(r *rig) {
		h, err := r.w.AddHost("Node1")
		if err != nil {
			r.Fatal(err)
		}
		for _, name := range []string{"Node1", "node1", "NODE1."} {
			if addrs, _, err := h.boot.find(name); err != nil || fmt.Sprint(addrs) != fmt.Sprint(h.Addrs()) {
				r.Errorf("%s is %v, %v", name, addrs, err)
			}
			if r.w.Host(name) != h {
				r.Errorf("no host %q", name)
			}
			if err := r.w.Partition([]string{name}); err != nil {
				r.Error(err)
			}
			if l := r.w.Link(name, Everyone); !l.covers(h, h) {
				r.Errorf("the link of %s is not the host's", name)
			}
		}
	})
}

func TestPorts(t *testing.T) {
	r := resolver{}
	for _, service := range []string{"http", "https", "HTTP", "0", "80", "65535", "65536", "-1", "no-such-service", ""} {
		want, wantErr := net.DefaultResolver.LookupPort(t.Context(), "tcp", service)
		got, err := r.LookupPort(t.Context(), "tcp", service)
		if got != want || (err == nil) != (wantErr == nil) {
			t.Errorf("port %q: %d, %v, want %d, %v", service, got, err, want, wantErr)
		}
	}
}
