//go:build unix && !(linux || darwin || netbsd || openbsd || solaris)

package simdisk

const dataSync = 0 // golang.org/x/sys has no O_DSYNC
