//go:build race && unix

package race

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"unsafe"
)

// Enabled reports whether the race detector is built in.
const Enabled = true

// Release is called before bytes are handed to the kernel, by the goroutine that
// wrote them. It uses what syscall.Write does before its system call, which fails
// at once for want of a descriptor.
func Release() { _, _ = syscall.Write(-1, nil) }

// Acquire is called after the kernel has delivered bytes, before a goroutine gets
// them. It uses what syscall.Read does after a system call that succeeds.
func Acquire() {
	fd := ended.Load()
	if _, err := syscall.Read(int(fd), nil); err == nil {
		return
	}
	// It could not be opened before, or the program has closed it.
	if again := openEnded(); again >= 0 {
		_, _ = syscall.Read(int(again), nil)
		if !ended.CompareAndSwap(fd, again) {
			_ = syscall.Close(int(again))
		}
	}
}

// Read says that the kernel has read p on behalf of the calling goroutine.
func Read(p []byte) {
	if len(p) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(unsafe.SliceData(p)), len(p))
	}
}

// Write says that the kernel has written p on behalf of the calling goroutine.
func Write(p []byte) {
	if len(p) > 0 {
		runtime.RaceWriteRange(unsafe.Pointer(unsafe.SliceData(p)), len(p))
	}
}

// ended is the reading end of a pipe whose writing end is closed, or -1. A read of
// it never waits, and nobody can have anything to read there. It is open as long as
// the process, from the start, so that nothing which counts descriptors is misled.
// No lock guards it, since that would order the goroutines that acquire.
var ended atomic.Int32

func init() { ended.Store(openEnded()) }

func openEnded() int32 {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p := []int{-1, -1}
	if err := syscall.Pipe(p); err != nil {
		return -1
	}
	syscall.CloseOnExec(p[0])
	_ = syscall.Close(p[1])
	return int32(p[0])
}
