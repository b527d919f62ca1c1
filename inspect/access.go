package inspect

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// isLocal reports whether r comes from this machine and is meant for it, which is what
// Options.Allow does by default. A page of another site may have its name lead here
// (DNS rebinding): then the Host is that name. A proxy on this machine may speak for others: then
// it says so in a header, or passes on the Host.
func isLocal(r *http.Request) bool {
	for _, forwarded := range []string{"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"} {
		if r.Header.Get(forwarded) != "" {
			return false
		}
	}
	return isLocalPeer(r) && isLocalHost(r.Host)
}

// isLocalPeer reports whether the peer is a process of this machine.
func isLocalPeer(r *http.Request) bool {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return true
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback()
}

// isLocalHost reports whether host, with or without a port, is a name that only this machine has.
func isLocalHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
	return err == nil && addr.Unmap().IsLoopback()
}
