//go:build unix && !linux

package await

// Not all of them have these.
const tcpKeepIdle, tcpKeepInterval, tcpKeepCount = 0, 0, 0
