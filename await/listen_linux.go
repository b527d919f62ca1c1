package await

import "syscall"

// multicastNeedsReusePort: for two sockets to have one multicast port.
const multicastNeedsReusePort = false

// acceptOptions sets the options of accepted connections on the listening socket,
// which they inherit them from: no system calls for each connection.
func (lc *ListenConfig) acceptOptions(l *bound) {
	if l.kind.family != syscall.AF_UNIX {
		connOptions(l.fd, lc.KeepAlive, lc.KeepAliveConfig)
	}
}

// acceptedOptions has nothing left to do.
func acceptedOptions(int, *ListenConfig) {}
