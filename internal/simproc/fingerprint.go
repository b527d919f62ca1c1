//go:build unix

package simproc

import "math/rand/v2"

// fingerprint is a number that depends on the state of the runtime's chance: of what maps and
// package math/rand/v2 draw from, and of what select does. It is not 0.
func fingerprint() uint64 {
	a, b := make(chan int, 64), make(chan int, 64)
	for range cap(a) {
		a <- 0
		b <- 1
	}
	order := uint64(0)
	for range cap(a) {
		select {
		case n := <-a:
			order = order<<1 | uint64(n)
		case n := <-b:
			order = order<<1 | uint64(n)
		}
	}
	return (order ^ rand.Uint64()) | 1
}
