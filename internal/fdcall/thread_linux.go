package fdcall

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// threadID is the number of the thread that runs the caller. Go may have it run on another one at any
// time, but seldom does in the few instructions before a system call.
func threadID() int { return unix.Gettid() }

// wchanOf is the function of the kernel in which the thread id waits, or "" where it does not, or the
// system does not tell (proc_pid_wchan(5)). It is never asked of a mount. Package os would have go
// test depend on the file.
func wchanOf(id int) string {
	fd, err := unix.Open(fmt.Sprintf("/proc/self/task/%d/wchan", id), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	var name [64]byte
	n, _ := unix.Read(fd, name[:])
	if in := string(name[:max(n, 0)]); in != "0" {
		return in
	}
	return ""
}
