//go:build !linux

package sockaddr

import "syscall"

const (
	familyUnix  = syscall.AF_UNIX
	familyInet  = syscall.AF_INET
	familyInet6 = syscall.AF_INET6

	unixPathMax   = 104 // the smallest sun_path of macOS and the BSDs
	abstractNames = false
)

// The BSDs begin a socket address with its length in a byte, then the family.
func appendFamily(dst []byte, family uint16, size int) []byte {
	return append(dst, byte(size), byte(family))
}

func familyOf(raw []byte) uint16 { return uint16(raw[1]) }
