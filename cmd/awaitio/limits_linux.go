package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// limits are those of this process and its system.
func limits() []limit {
	all := []limit{
		{"descriptors", rlimit(unix.RLIMIT_NOFILE)},
		{"processes and threads of the user", rlimit(unix.RLIMIT_NPROC)},
		{"locked memory", rlimit(unix.RLIMIT_MEMLOCK) + " (io_uring counts against it before Linux 5.12)"},
		{"kernel.io_uring_disabled", disabled()},
		{"seccomp", seccomp()},
	}
	if most := cgroupPIDs(); most != "" {
		all = append(all, limit{"threads in the cgroup (pids.max)", most})
	}
	return all
}

func rlimit(which int) string {
	var l unix.Rlimit
	if err := unix.Getrlimit(which, &l); err != nil {
		return err.Error()
	}
	if l.Cur == unix.RLIM_INFINITY {
		return "unlimited"
	}
	if l.Max == unix.RLIM_INFINITY {
		return fmt.Sprintf("%d, may be raised", l.Cur)
	}
	return fmt.Sprintf("%d of %d", l.Cur, l.Max)
}

// disabled is the sysctl of Linux 6.6 in words.
func disabled() string {
	switch text := contents("/proc/sys/kernel/io_uring_disabled"); text {
	case "":
		return "not there"
	case "0":
		return "0: everybody may use io_uring"
	case "1":
		return "1: only CAP_SYS_ADMIN and kernel.io_uring_group may use io_uring"
	case "2":
		return "2: nobody may use io_uring"
	default:
		return text
	}
}

// seccomp is whether this process is filtered, as proc(5) has it.
func seccomp() string {
	for line := range strings.Lines(contents("/proc/self/status")) {
		if value, found := strings.CutPrefix(line, "Seccomp:"); found {
			switch strings.TrimSpace(value) {
			case "0":
				return "none"
			case "1":
				return "strict"
			case "2":
				return "a filter: a container's profile, which may forbid io_uring"
			}
		}
	}
	return "unknown"
}

// cgroupPIDs is the limit of this process's cgroup, version 2, or "".
func cgroupPIDs() string {
	for line := range strings.Lines(contents("/proc/self/cgroup")) {
		if path, found := strings.CutPrefix(strings.TrimSpace(line), "0::"); found {
			return contents("/sys/fs/cgroup" + path + "/pids.max")
		}
	}
	return ""
}

// contents is the text of a file of the kernel's, or "" where there is none.
func contents(name string) string {
	text, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
