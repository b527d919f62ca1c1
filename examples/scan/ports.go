package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// parsePorts reads a list of ports and ranges. The result is in order, and has
// each port once.
func parsePorts(list string) ([]uint16, error) {
	var ports []uint16
	for part := range strings.SplitSeq(list, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, err := parsePort(first)
		if err != nil {
			return nil, err
		}
		to, err := parsePort(last)
		if err != nil {
			return nil, err
		}
		if from > to {
			return nil, fmt.Errorf("the range %s is empty: write %d-%d", part, to, from)
		}
		for p := int(from); p <= int(to); p++ {
			ports = append(ports, uint16(p))
		}
	}
	slices.Sort(ports)
	return slices.Compact(ports), nil
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%q is not a port: write numbers from 1 to 65535, as in 22,80,8000-8100", s)
	}
	return uint16(n), nil
}

// formatPorts is the reverse of parsePorts.
func formatPorts(ports []uint16) string {
	var parts []string
	for len(ports) > 0 {
		n := 1
		for n < len(ports) && ports[n] == ports[n-1]+1 {
			n++
		}
		part := fmt.Sprint(ports[0])
		if n > 1 {
			part += fmt.Sprintf("-%d", ports[n-1])
		}
		parts, ports = append(parts, part), ports[n:]
	}
	return strings.Join(parts, ",")
}
