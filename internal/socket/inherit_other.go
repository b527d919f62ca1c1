//go:build !linux

package socket

// MulticastNeedsReusePort: for two sockets to have one multicast port.
const MulticastNeedsReusePort = true

// AcceptedInherits reports whether accepted connections inherit the listening socket's
// options.
const AcceptedInherits = false
