package readiness

import "golang.org/x/sys/unix"

// sendDontWait has MSG_NBIO of sys/socket.h besides: a send on a blocking descriptor
// heeds no other flag.
const sendDontWait = unix.MSG_DONTWAIT | 0x1000
