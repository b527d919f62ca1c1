//go:build unix && !linux

package simproc

import "syscall"

// childAttributes is nothing: elsewhere a child ends when its pipe does.
var childAttributes *syscall.SysProcAttr
