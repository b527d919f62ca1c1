//go:build unix && !linux

package simproc

import (
	"os"
	"syscall"
)

// quitBusiest sends SIGQUIT to p.
func quitBusiest(p *os.Process) { _ = p.Signal(syscall.SIGQUIT) } // it may have ended
