//go:build unix

package socket

import "golang.org/x/sys/unix"

// CloseDescriptor closes a descriptor, a socket's or another, once. After EINTR it is gone all
// the same, and after ECONNRESET, which FreeBSD says of a socket whose peer left data
// unread: a caller that wants to know what arrived has to ask before.
func CloseDescriptor(fd int) error {
	err := closeOnce(fd)
	if err == unix.EINTR || err == unix.ECONNRESET {
		return nil
	}
	return err
}
