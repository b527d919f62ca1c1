// Package vector is arithmetic on lists of buffers.
package vector

import "slices"

// Len is how many bytes buffers have, or -1 where an int cannot count them. It
// takes a buffer that is listed several times on a 32-bit machine.
func Len(buffers [][]byte) int {
	n := 0
	for _, b := range buffers {
		if n += len(b); n < 0 {
			return -1
		}
	}
	return n
}

// Head is the first n bytes of buffers, which stay as they are.
func Head(buffers [][]byte, n int) [][]byte {
	for i, b := range buffers {
		if len(b) <= n {
			n -= len(b)
			continue
		}
		if n == 0 {
			return buffers[:i]
		}
		first := slices.Clone(buffers[:i+1])
		first[i] = b[:n]
		return first
	}
	return buffers
}

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

// OneByOne transfers one buffer after the other until one is not done whole. An
// error after the first bytes is for the next transfer to meet again.
func OneByOne(buffers [][]byte, one func(p []byte, done int) (int, error)) (done int, err error) {
	for _, p := range buffers {
		if len(p) == 0 {
			continue
		}
		n, err := one(p, done)
		if done += max(n, 0); err != nil && done == 0 {
			return 0, err
		}
		if err != nil || n < len(p) {
			break
		}
	}
	return done, nil
}
