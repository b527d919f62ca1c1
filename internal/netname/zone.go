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

// ZoneNumber is the number of a zone, which is an interface's name or a number. Any other is the
// number that it begins with, or zero: the kernel has the better answer then.
func ZoneNumber(zone string) uint32 {
	if zone == "" {
		return 0
	}
	number, whole := leadingNumber(zone)
	if index, ok := interfaces.index(zone, whole); ok {
		return uint32(index)
	}
	return number
}

// zoneNumberMost is the largest number of a zone, and what package net makes of a larger one.
const zoneNumberMost = 0xffffff

// leadingNumber is the number that zone begins with, as package net reads it: 25 is that of
// "25lo", where somebody wrote a URL's %25 for the sign alone. whole says that nothing follows.
func leadingNumber(zone string) (number uint32, whole bool) {
	for _, c := range []byte(zone) {
		if c < '0' || c > '9' {
			return number, false
		}
		number = min(number*10+uint32(c-'0'), zoneNumberMost)
	}
	return number, true
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
