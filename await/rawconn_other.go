//go:build !unix

package await

// No poll is ever made there.
const (
	pollIn = 1 << iota
	pollOut
)
