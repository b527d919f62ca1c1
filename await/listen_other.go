//go:build !linux

package await

import "syscall"

// multicastNeedsReusePort: for two sockets to have one multicast port.
const multicastNeedsReusePort = true

// acceptOptions reports whether accepted connections have their options already.
// Those of a unix socket have none.
func (lc *ListenConfig) acceptOptions(l *bound) bool { return l.kind.family == syscall.AF_UNIX }
