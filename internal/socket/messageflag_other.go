//go:build !linux

package socket

// MessageFlag is what the backends add to the flags of recvmsg(2): nothing.
const MessageFlag = 0
