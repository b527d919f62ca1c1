package socket

import "golang.org/x/sys/unix"

// tcpKeepIdle is what the others call TCP_KEEPIDLE.
const tcpKeepIdle = unix.TCP_KEEPALIVE
