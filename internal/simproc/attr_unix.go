//go:build unix && !linux

package simproc

import "syscall"

// endsWithParent is what Linux alone has. Elsewhere a child ends when its pipe does.
var endsWithParent *syscall.SysProcAttr
