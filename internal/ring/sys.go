//go:build linux

package ring

import "unsafe"

// addrOf is the address of b's first byte, and 0 for an empty b: the kernel
// is never given a pointer to memory that holds no byte.
//
// It makes b escape to the heap, and keeps nothing alive. See the package
// comment for who must.
func addrOf(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return toHeap(unsafe.Pointer(unsafe.SliceData(b)))
}

// ptrOf is p as the kernel wants it, 0 for nil, under addrOf's rule.
func ptrOf[T any](p *T) uint64 {
	return toHeap(unsafe.Pointer(p))
}

// toHeap makes what p points at escape. To the compiler an address that became
// a number is forgotten: it would leave the variable on the stack, which moves
// when it grows, while the kernel keeps writing to where it was. The condition
// is never true, but the compiler does not know that.
func toHeap(p unsafe.Pointer) uint64 {
	if escape.on {
		escape.p = p
	}
	return uint64(uintptr(p))
}

var escape struct {
	on bool
	p  unsafe.Pointer
}
