package usage

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A SyscallCount counts the system calls of a process, by the kernel's
// tracepoint. While one is open every system call of the machine takes a little
// longer: measure nothing else meanwhile.
type SyscallCount struct {
	fds []int
}

// tracepoints are where the kernel says which number the event has.
var tracepoints = []string{
	"/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
	"/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id",
}

// CountSyscalls begins to count those of process pid: of the threads it has, and
// of those they start. It takes root, or CAP_PERFMON and a readable tracefs.
func CountSyscalls(pid int) (*SyscallCount, error) {
	id, err := tracepointID()
	if err != nil {
		return nil, err
	}
	threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return nil, err
	}
	c := &SyscallCount{}
	for _, t := range threads {
		tid, err := strconv.Atoi(t.Name())
		if err != nil {
			continue
		}
		if err := c.add(id, tid); err != nil && !errors.Is(err, unix.ESRCH) {
			c.Close()
			return nil, fmt.Errorf("perf_event_open: %w (count system calls as root, or with CAP_PERFMON)", err)
		}
	}
	return c, nil
}

func (c *SyscallCount) add(id uint64, tid int) error {
	attr := &unix.PerfEventAttr{
		Type:   unix.PERF_TYPE_TRACEPOINT,
		Config: id,
		Bits:   unix.PerfBitInherit,
	}
	fd, err := unix.PerfEventOpen(attr, tid, -1, -1, unix.PERF_FLAG_FD_CLOEXEC)
	if err == nil {
		c.fds = append(c.fds, fd)
	}
	return err
}

// Total is how many there were so far.
func (c *SyscallCount) Total() (int64, error) {
	var total int64
	for _, fd := range c.fds {
		var count [8]byte
		if _, err := unix.Read(fd, count[:]); err != nil {
			return 0, fmt.Errorf("read the count of system calls: %w", err)
		}
		total += int64(binary.NativeEndian.Uint64(count[:]))
	}
	return total, nil
}

// Close ends the counting.
func (c *SyscallCount) Close() {
	for _, fd := range c.fds {
		unix.Close(fd)
	}
	c.fds = nil
}

func tracepointID() (uint64, error) {
	var first error
	for _, path := range tracepoints {
		text, err := os.ReadFile(path)
		if err == nil {
			return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
		}
		if first == nil {
			first = err
		}
	}
	return 0, fmt.Errorf("no tracepoint to count system calls with: %w", first)
}
