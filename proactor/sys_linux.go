package proactor

import "golang.org/x/sys/unix"

// sysYieldCPU lets another thread that wants the caller's CPU have it (sched_yield(2)).
// It is a raw system call, of which Go's scheduler does not know: it would give the
// CPU's run queue to one more thread, which would want a CPU too.
func sysYieldCPU() { _, _, _ = unix.RawSyscall(unix.SYS_SCHED_YIELD, 0, 0, 0) }
