//go:build unix && !linux

package await

// callsOfThisSystem are none: see those of Linux.
func callsOfThisSystem() map[string]blockedCall { return nil }
