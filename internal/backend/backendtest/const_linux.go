package backendtest

import "golang.org/x/sys/unix"

const statxBasic = unix.STATX_BASIC_STATS
