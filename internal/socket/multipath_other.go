//go:build !linux

package socket

// ProtocolMultipath is for no system but Linux.
const ProtocolMultipath = 0

// MultipathAvailable reports whether the system may have Multipath TCP.
func MultipathAvailable() bool { return false }

// UsesMultipath reports whether the connection fd uses Multipath TCP.
func UsesMultipath(int) bool { return false }
