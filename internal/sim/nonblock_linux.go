package sim

import "golang.org/x/sys/unix"

// sockNonblock is the flag of socket(2) and accept4(2) for non-blocking mode.
const sockNonblock = unix.SOCK_NONBLOCK
