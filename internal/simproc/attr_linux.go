package simproc

import "syscall"

// childAttributes has a child end when the thread that started it does, and stop when it
// has begun, for seedStart.
var childAttributes = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Ptrace: true}
