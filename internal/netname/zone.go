package netname

import (
	"net/netip"
	"strconv"
)

// ZoneName is the zone of an address as an interface's name, or as a number where no
// interface has it. The kernel reports numbers.
func ZoneName(a netip.Addr) string {
	if a.Zone() == "" {
		return "" // the error of ParseUint would be allocated
	}
	number, err := strconv.ParseUint(a.Zone(), 10, 32)
	if err != nil || number == 0 {
		return a.Zone()
	}
	if name, ok := interfaces.name(int(number)); ok {
		return name
	}
	return strconv.FormatUint(number, 10)
}

// ZoneNumber is the number of a zone, which is an interface's name or number. It is
// zero for a zone that is not there: the kernel has the better answer then.
func ZoneNumber(zone string) uint32 {
	if zone == "" {
		return 0
	}
	if n, err := strconv.ParseUint(zone, 10, 32); err == nil {
		return uint32(n)
	}
	index, _ := interfaces.index(zone)
	return uint32(index)
}

// WithZoneNumber is ap with its zone as the kernel knows it; a zone that is not
// there is left out, and the kernel answers.
func WithZoneNumber(ap netip.AddrPort) netip.AddrPort {
	zone := ap.Addr().Zone()
	if zone == "" {
		return ap
	}
	number := ""
	if n := ZoneNumber(zone); n != 0 {
		number = strconv.FormatUint(uint64(n), 10)
	}
	return netip.AddrPortFrom(ap.Addr().WithZone(number), ap.Port())
}

// WithZoneName is ap with its zone as people know it.
func WithZoneName(ap netip.AddrPort) netip.AddrPort {
	if ap.Addr().Zone() == "" {
		return ap
	}
	return netip.AddrPortFrom(ap.Addr().WithZone(ZoneName(ap.Addr())), ap.Port())
}
