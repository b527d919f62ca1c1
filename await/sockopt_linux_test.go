package await

import "golang.org/x/sys/unix"

const (
	tcpKeepIdle     = unix.TCP_KEEPIDLE
	tcpKeepInterval = unix.TCP_KEEPINTVL
	tcpKeepCount    = unix.TCP_KEEPCNT
)
