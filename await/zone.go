package await

import (
	"net"
	"net/netip"
	"strconv"

	"github.com/awaitio/awaitio/internal/socket"
)

// withZoneNumber is ap with its zone as the kernel knows it; a zone that is not
// there is left out, and the kernel answers.
func withZoneNumber(ap netip.AddrPort) netip.AddrPort {
	zone := ap.Addr().Zone()
	if zone == "" {
		return ap
	}
	if i, err := net.InterfaceByName(zone); err == nil {
		zone = strconv.Itoa(i.Index)
	}
	return netip.AddrPortFrom(ap.Addr().WithZone(zone), ap.Port())
}

// withZoneName is ap with its zone as people know it.
func withZoneName(ap netip.AddrPort) netip.AddrPort {
	if ap.Addr().Zone() == "" {
		return ap
	}
	return netip.AddrPortFrom(ap.Addr().WithZone(socket.ZoneName(ap.Addr())), ap.Port())
}
