//go:build unix && !linux

package sim

// sockNonblock is no flag everywhere: there, nothing is made in non-blocking mode at once.
const sockNonblock = 0
