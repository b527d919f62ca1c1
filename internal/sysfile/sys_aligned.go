package sysfile

import "unsafe"

// misalignment is the index of the first aligned byte of b. The collector moves
// nothing in the heap.
func misalignment(b []byte) int {
	return int(-uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (alignment - 1))
}
