package await

import "syscall"

// multicastNeedsReusePort: for two sockets to have one multicast port.
const multicastNeedsReusePort = false

// acceptOptions sets the options of accepted connections on the listening socket,
// which they inherit them from: no system calls for each connection. It reports
// whether it could: kernels before 6.14 lack some of those of Multipath TCP.
func (lc *ListenConfig) acceptOptions(l *bound) bool {
	return l.kind.family == syscall.AF_UNIX || connOptions(l.fd, lc.KeepAlive, lc.KeepAliveConfig) == nil
}
