package sockaddr

import "encoding/binary"

const (
	familyUnix  = 1
	familyInet  = 2
	familyInet6 = 10

	unixPathMax   = 108 // struct sockaddr_un: unix(7)
	abstractNames = true
)

func appendFamily(dst []byte, family uint16, _ int) []byte {
	return binary.NativeEndian.AppendUint16(dst, family)
}

func familyOf(raw []byte) uint16 { return binary.NativeEndian.Uint16(raw) }
