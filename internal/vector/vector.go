// Package vector is arithmetic on lists of buffers.
package vector

import "slices"

// After is what is left of buffers, which stay as they are, after their first n
// bytes. It does not begin with an empty one.
func After(buffers [][]byte, n int) [][]byte {
	for len(buffers) > 0 && n >= len(buffers[0]) {
		n -= len(buffers[0])
		buffers = buffers[1:]
	}
	if n == 0 {
		return buffers
	}
	rest := slices.Clone(buffers)
	rest[0] = rest[0][n:]
	return rest
}
