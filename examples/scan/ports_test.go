package main

import (
	"slices"
	"testing"
)

func TestParsePorts(t *testing.T) {
	for _, c := range []struct {
		list string
		want []uint16
	}{
		{"22", []uint16{22}},
		{"80,22", []uint16{22, 80}},
		{"8000-8002", []uint16{8000, 8001, 8002}},
		{"3-5,1,4-6", []uint16{1, 3, 4, 5, 6}},
		{"65534-65535", []uint16{65534, 65535}},
	} {
		if got, err := parsePorts(c.list); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v, %v, want %v", c.list, got, err, c.want)
		}
	}
}

func TestParsePortsRefuses(t *testing.T) {
	for _, list := range []string{"", "0", "65536", "-1", "1-", "1,,2", "5-3", "http", "1-2-3"} {
		if got, err := parsePorts(list); err == nil {
			t.Errorf("%q: got %v, want an error", list, got)
		}
	}
}

func TestFormatPorts(t *testing.T) {
	for _, list := range []string{"", "22", "22,80", "1-3,5,7-8", "1-65535"} {
		ports, _ := parsePorts(list) // "" has none
		if got := formatPorts(ports); got != list {
			t.Errorf("got %q, want %q", got, list)
		}
	}
}
