//go:build unix

package sim

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/awaitio/awaitio/internal/netname"
)

// A resolver looks names up for a boot, with the errors of a net.Resolver.
type resolver struct{ b *Boot }

// Resolver is the World's names, whatever resolver the caller has.
func (b *Boot) Resolver(*net.Resolver) netname.Resolver { return resolver{b} }

// LookupIPAddr is the addresses of a name.
func (r resolver) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	addrs, err := r.look(ctx, host, func(netip.Addr) bool { return true })
	ips := make([]net.IPAddr, len(addrs))
	for i, a := range addrs {
		ips[i] = net.IPAddr{IP: a.AsSlice(), Zone: a.Zone()}
	}
	return ips, err
}

// LookupIP is those of one version of IP: ip4 or ip6; of both for ip.
func (r resolver) LookupIP(ctx context.Context, network, host string) ([]net.IP, error) {
	addrs, err := r.look(ctx, host, func(a netip.Addr) bool {
		return network == "ip" || (network == "ip4") == a.Is4()
	})
	ips := make([]net.IP, len(addrs))
	for i, a := range addrs {
		ips[i] = a.AsSlice()
	}
	return ips, err
}

// look is the addresses of a name that fit.
func (r resolver) look(ctx context.Context, host string, fits func(netip.Addr) bool) (fit []netip.Addr, err error) {
	addrs, delay, err := r.b.find(host)
	if errors.Is(err, ErrCrashed) {
		return nil, err
	}
	if late := r.b.sleep(ctx, delay); late != nil {
		timeout := errors.Is(late, context.DeadlineExceeded)
		return nil, &net.DNSError{Err: inNetsWords(late), UnwrapErr: late, Name: host, IsTimeout: timeout, IsTemporary: timeout}
	}
	if err != nil {
		if told := (*net.DNSError)(nil); errors.As(err, &told) {
			return nil, err
		}
		return nil, &net.DNSError{Err: err.Error(), UnwrapErr: err, Name: host, IsTemporary: true}
	}
	for _, a := range addrs {
		if fits(a) {
			fit = append(fit, a)
		}
	}
	if fit == nil {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	return fit, nil
}

// inNetsWords is the end of a context as package net tells of it.
func inNetsWords(end error) string {
	switch end {
	case context.DeadlineExceeded:
		return os.ErrDeadlineExceeded.Error()
	case context.Canceled:
		return "operation was canceled"
	}
	return end.Error()
}

// sleep takes d, or less if ctx ends before.
func (b *Boot) sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	if !b.w.sleep(b.id, d, ctx.Done()) {
		return ctx.Err()
	}
	return nil
}

// services are the names of ports that programs are likely to use: those that package net
// knows without a file.
var services = map[string]int{
	"domain": 53, "ftp": 21, "ftps": 990, "gopher": 70, "http": 80, "https": 443, "imap2": 143, "imap3": 220,
	"imaps": 993, "pop3": 110, "pop3s": 995, "smtp": 25, "submissions": 465, "ssh": 22, "telnet": 23,
}

const servicePortMax = 1<<16 - 1

// LookupPort is the port of a service.
func (r resolver) LookupPort(_ context.Context, network, service string) (int, error) {
	if n, err := strconv.Atoi(service); err == nil && service[0] != '+' {
		if n < 0 || n > servicePortMax {
			return 0, &net.AddrError{Err: "invalid port", Addr: service}
		}
		return n, nil
	}
	if service == "" {
		return 0, nil
	}
	if n, ok := services[strings.ToLower(service)]; ok {
		return n, nil
	}
	return 0, &net.DNSError{Err: "unknown port", Name: network + "/" + service, IsNotFound: true}
}
