//go:build linux

package ring

import "unsafe"

// addrOf is the address of b's first byte, and 0 for an empty b: the kernel
// is never given a pointer to memory that holds no byte.
//
// The result keeps nothing alive and does not make b escape. See the package
// comment for who must.
func addrOf(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return uint64(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

// ptrOf is p as the kernel wants it, 0 for nil, under addrOf's rule.
func ptrOf[T any](p *T) uint64 {
	return uint64(uintptr(unsafe.Pointer(p)))
}
