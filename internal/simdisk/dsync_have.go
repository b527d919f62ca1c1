//go:build linux || darwin || netbsd || openbsd || solaris

package simdisk

import "golang.org/x/sys/unix"

const dataSync = unix.O_DSYNC
