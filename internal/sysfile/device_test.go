package sysfile

import (
	"math"
	"math/rand/v2"
	"testing"
)

// FreeBSD's numbers, as its own macros split them.
func TestNumbersOf64Bits(t *testing.T) {
	for _, c := range []struct {
		dev          uint64
		major, minor uint32
	}{
		{0, 0, 0},
		{0x1234, 0x12, 0x34},          // as ever
		{0xffff_0034, 0, 0xffff_0034}, // a large minor number
		{0x8700_ff00_0000_0002, 0x8700_ff00, 0x0000_0002}, // a file system without a device
		{0x0123_4567_89ab_cdef, 0x0123_45cd, 0x89ab_67ef}, // each in its place
		{math.MaxUint64, math.MaxUint32, math.MaxUint32},
	} {
		if M, m := major64(c.dev), minor64(c.dev); M != c.major || m != c.minor {
			t.Errorf("%#x is split into %#x and %#x, want %#x and %#x", c.dev, M, m, c.major, c.minor)
		}
		if dev := join64(c.major, c.minor); dev != c.dev {
			t.Errorf("%#x and %#x are joined to %#x, want %#x", c.major, c.minor, dev, c.dev)
		}
	}
}

func TestNothingIsLost(t *testing.T) {
	for range 10_000 {
		dev := rand.Uint64()
		if got := join64(major64(dev), minor64(dev)); got != dev {
			t.Fatalf("%#x becomes %#x", dev, got)
		}
		small := uint64(rand.Uint32()) // what every system has
		if got := MakeDevice(Major(small), Minor(small)); uint32(got) != uint32(small) {
			t.Fatalf("%#x becomes %#x", small, got)
		}
	}
}
