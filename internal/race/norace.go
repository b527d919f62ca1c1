//go:build !race || !unix

package race

// Enabled reports whether the race detector is built in.
const Enabled = false

// Release is called before bytes are handed to the kernel, by the goroutine that
// wrote them.
func Release() {}

// Acquire is called after the kernel has delivered bytes, before a goroutine gets
// them.
func Acquire() {}

// Read says that the kernel has read p on behalf of the calling goroutine.
func Read(p []byte) {}

// Write says that the kernel has written p on behalf of the calling goroutine.
func Write(p []byte) {}
