//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package socket

import "golang.org/x/sys/unix"

// backlogMax is what the kernels hold in 16 bits.
const backlogMax = 1<<16 - 1

func maxBacklog() int {
	if backlogSetting == "" {
		return unix.SOMAXCONN
	}
	n, err := unix.SysctlUint32(backlogSetting)
	if err != nil || n == 0 {
		return unix.SOMAXCONN
	}
	return int(min(n, backlogMax))
}
