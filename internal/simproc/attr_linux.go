package simproc

import "syscall"

// endsWithParent has a child end when the thread that started it does.
var endsWithParent = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
