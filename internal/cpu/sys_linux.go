package cpu

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Yield lets another thread that wants the caller's CPU have it (sched_yield(2)).
// It is a raw system call, of which Go's scheduler does not know: it would give the
// CPU's run queue to one more thread, which would want a CPU too.
func Yield() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }

// StepAside sleeps as briefly as it can: for the timer slack of the thread, 50 µs unless prctl(2)
// has changed it, or until a signal comes (nanosleep(2)). It is a raw system call like Yield. If
// Go stops the world meanwhile, the signal by which it preempts ends the sleep.
func StepAside() {
	t := unix.Timespec{Nsec: 1}
	_, _, _ = unix.RawSyscall(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&t)), 0, 0)
}
