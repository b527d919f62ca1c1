//go:build !linux

package await

// multicastNeedsReusePort: for two sockets to have one multicast port.
const multicastNeedsReusePort = true

// acceptOptions is for systems where connections inherit options.
func (lc *ListenConfig) acceptOptions(*bound) {}

// acceptedOptions sets the options of the accepted connection fd, unless it is of
// a unix socket, which has none of them and says so.
func acceptedOptions(fd int, lc *ListenConfig) {
	connOptions(fd, lc.KeepAlive, lc.KeepAliveConfig)
}
