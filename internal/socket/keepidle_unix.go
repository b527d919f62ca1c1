//go:build unix && !darwin && !openbsd

package socket

import "golang.org/x/sys/unix"

const tcpKeepIdle = unix.TCP_KEEPIDLE
