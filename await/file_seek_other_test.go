//go:build unix && !linux

package await

// The systems that know these seeks agree on neither number.
const (
	seekData = 1
	seekHole = 2
)
