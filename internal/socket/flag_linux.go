package socket

import "golang.org/x/sys/unix"

// NoSignal has a send to nobody fail without SIGPIPE.
const NoSignal = unix.MSG_NOSIGNAL
