package main

import (
	"fmt"
	"strconv"
	"strings"
)

// A size is a number of bytes, as a flag.
type size int64

const (
	blockMin = 512
	blockMax = 1 << 30
)

var units = []struct {
	name  string
	bytes size
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1},
}

// Set reads a number and a unit: 4096, 64K, 64KiB.
func (s *size) Set(text string) error {
	number, unit := strings.TrimSpace(text), size(1)
	for _, u := range units {
		for _, name := range []string{u.name, u.name[:1]} {
			if n, ok := strings.CutSuffix(number, name); ok && unit == 1 {
				number, unit = n, u.bytes
			}
		}
	}
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || size(n)*unit < blockMin || size(n)*unit > blockMax {
		return fmt.Errorf("write a size from 512B to 1GiB, such as 256KiB")
	}
	*s = size(n) * unit
	return nil
}

// String is the size in the largest unit in which it is 1 or more.
func (s *size) String() string {
	for _, u := range units {
		if *s >= u.bytes && u.bytes > 1 {
			return strings.Replace(fmt.Sprintf("%.1f%s", float64(*s)/float64(u.bytes), u.name), ".0", "", 1)
		}
	}
	return fmt.Sprintf("%dB", *s)
}

func formatBytes(n int64) string {
	s := size(n)
	return s.String()
}
