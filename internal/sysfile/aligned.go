package sysfile

// alignment is what O_DIRECT asks for at most: the size of a page, and of the
// sectors of most devices.
const alignment = 4096

// AlignedBuffer returns a buffer for files opened with O_DIRECT: its address is a
// multiple of 4096, and so is its length, which is size rounded up. Offsets in
// the file must be such multiples too. It is the caller's, as any other slice.
func AlignedBuffer(size int) []byte {
	if size <= 0 {
		return []byte{}
	}
	size = (size + alignment - 1) &^ (alignment - 1)
	b := make([]byte, size+alignment-1)
	start := misalignment(b)
	return b[start : start+size : start+size]
}
