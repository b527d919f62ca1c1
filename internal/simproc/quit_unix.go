//go:build unix && !linux

package simproc

import (
	"os"
	"syscall"
	"time"
)

// quitBusiest sends SIGQUIT to p.
func quitBusiest(p *os.Process) { _ = p.Signal(syscall.SIGQUIT) } // it may have ended

// processorTime is for Linux, which tells it of a process that has not ended.
func processorTime(int) time.Duration { return 0 }
