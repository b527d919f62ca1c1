package socket

import "golang.org/x/sys/unix"

// SendDontWait has MSG_NBIO of sys/socket.h besides: a send on a blocking descriptor
// heeds no other flag.
const SendDontWait = unix.MSG_DONTWAIT | 0x1000
