package socket

import "golang.org/x/sys/unix"

// MessageFlag is what the backends add to the flags of recvmsg(2). The kernel reports it with the flags of
// the message.
const MessageFlag = unix.MSG_CMSG_CLOEXEC
