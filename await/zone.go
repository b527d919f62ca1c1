package await

import (
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
	return netip.AddrPortFrom(ap.Addr().WithZone(zoneNumber(zone)), ap.Port())
}

// zoneNumber is zone as the kernel knows it; "" for one that is not there.
func zoneNumber(zone string) string {
	scope := socket.Scope(zone)
	if scope == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(scope), 10)
}

// withZoneName is ap with its zone as people know it.
func withZoneName(ap netip.AddrPort) netip.AddrPort {
	if ap.Addr().Zone() == "" {
		return ap
	}
	return netip.AddrPortFrom(ap.Addr().WithZone(socket.ZoneName(ap.Addr())), ap.Port())
}
