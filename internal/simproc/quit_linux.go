package simproc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// quitBusiest sends SIGQUIT to the thread of p that has used the processor most. A goroutine
// that runs shows its stack only if the signal finds it on the thread that takes it.
func quitBusiest(p *os.Process) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", p.Pid)) // the pattern is well formed
	busiest, most := 0, -1
	for _, dir := range tasks {
		id, err := strconv.Atoi(filepath.Base(dir))
		if used := ticks(filepath.Join(dir, "stat")); err == nil && used > most {
			busiest, most = id, used
		}
	}
	if busiest == 0 || unix.Tgkill(p.Pid, busiest, syscall.SIGQUIT) != nil {
		_ = p.Signal(syscall.SIGQUIT) // it may have ended
	}
}

// processorTime is how long a process has used the processor; 0 if that cannot be told.
func processorTime(pid int) time.Duration {
	// USER_HZ is 100 on all systems that Go runs on.
	return time.Duration(max(0, ticks(fmt.Sprintf("/proc/%d/stat", pid)))) * 10 * time.Millisecond
}

// ticks is the time in user mode of a process or thread: field 14 of proc_pid_stat(5), of
// which the second is a name in parentheses.
func ticks(stat string) int {
	text, err := os.ReadFile(stat)
	if err != nil {
		return -1
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 12 {
		return -1
	}
	n, err := strconv.Atoi(fields[11])
	if err != nil {
		return -1
	}
	return n
}
