package fdcall

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/proactor"
)

// A call on its caller's thread does not ask for the thread's number, which would cost a twentieth of
// a stat(2). The thread of a late call is found by its system call and the arguments, which
// proc_pid_syscall(5) shows.

// A blockedThread is a thread in a system call.
type blockedThread struct {
	id   int
	call int
	args [6]uint64
}

// threadsSearched is how many threads are looked at.
const threadsSearched = 1000

// findThreads fills in the threads of calls, as far as they are found. No two calls have one thread.
func findThreads(calls []*proactor.Operation) {
	taken := make(map[int]bool)
	for _, o := range calls {
		if o.Thread != 0 {
			taken[o.Thread] = true
		}
	}
	threads := blockedThreads()
	for _, o := range calls {
		for i := 0; i < len(threads) && o.Thread == 0; i++ {
			if b := &threads[i]; !taken[b.id] && b.makes(o) {
				o.Thread = b.id
				taken[b.id] = true
			}
		}
	}
}

// blockedThreads returns the threads of this process that are in a system call. Reading what a thread
// does never waits for that thread.
func blockedThreads() (all []blockedThread) {
	fd, err := unix.Open("/proc/self/task", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	for room := make([]byte, 8<<10); ; {
		n, err := unix.ReadDirent(fd, room)
		if n <= 0 || err != nil || len(all) >= threadsSearched {
			return all
		}
		_, _, names := unix.ParseDirent(room[:n], -1, nil)
		for _, name := range names {
			if b, ok := parseSyscall(readSmall("/proc/self/task/" + name + "/syscall")); ok {
				b.id, _ = strconv.Atoi(name)
				all = append(all, b)
			}
		}
	}
}

// parseSyscall reads "0 0x3 0xc000 0x10 0x0 0x0 0x0 0x7ffd 0x7f00": the call, its arguments, two registers.
// A thread that runs is "running", and one that waits outside a system call "-1".
func parseSyscall(line string) (b blockedThread, ok bool) {
	f := strings.Fields(line)
	if len(f) < 1+len(b.args) {
		return b, false
	}
	var err error
	if b.call, err = strconv.Atoi(f[0]); err != nil || b.call < 0 {
		return b, false
	}
	for i := range b.args {
		if b.args[i], err = strconv.ParseUint(f[1+i], 0, 64); err != nil {
			return b, false
		}
	}
	return b, true
}

// makes reports whether the thread seems to make the call o: one of its kind on its descriptor and at its
// offset, or one on its path.
func (b *blockedThread) makes(o *proactor.Operation) bool {
	if o.FD < 0 {
		return o.Target != "" && b.names(o.Target)
	}
	at, known := syscallsOn[b.call]
	if !known || at.op != o.Op || b.args[0] != uint64(o.FD) {
		return false
	}
	return at.offset == 0 || o.Offset < 0 || b.args[at.offset] == uint64(uint(o.Offset))
}

// names reports whether one of the first two arguments is the address of path, as calls by path have it.
// The kernel reads the memory, for which an address that is none is an error.
func (b *blockedThread) names(path string) bool {
	for _, address := range b.args[:2] {
		text := make([]byte, len(path)+1)
		if address < 1<<12 { // a number
			continue
		}
		n, err := unix.ProcessVMReadv(unix.Getpid(), []unix.Iovec{iovecOf(text)}, []unix.RemoteIovec{{Base: uintptr(address), Len: len(text)}}, 0)
		if err == nil && n == len(text) && text[len(path)] == 0 && string(text[:len(path)]) == path {
			return true
		}
	}
	return false
}

func iovecOf(p []byte) unix.Iovec {
	v := unix.Iovec{Base: &p[0]}
	v.SetLen(len(p))
	return v
}

// syscallsOn are the calls on a descriptor: of which operation, and which argument is the offset, if any.
var syscallsOn = map[int]struct {
	op     string
	offset int
}{
	unix.SYS_READ: {"read", 0}, unix.SYS_PREAD64: {"read", 3}, unix.SYS_PREADV: {"read", 3}, unix.SYS_PREADV2: {"read", 3},
	unix.SYS_WRITE: {"write", 0}, unix.SYS_PWRITE64: {"write", 3}, unix.SYS_WRITEV: {"write", 0}, unix.SYS_PWRITEV2: {"write", 3},
	unix.SYS_FSYNC: {"fsync", 0}, unix.SYS_FDATASYNC: {"fsync", 0}, unix.SYS_FTRUNCATE: {"truncate", 0}, unix.SYS_FALLOCATE: {"allocate", 0},
	unix.SYS_FSTAT: {"stat", 0}, unix.SYS_LSEEK: {"seek", 0}, unix.SYS_GETDENTS64: {"readdir", 0}, unix.SYS_CLOSE: {"close", 0},
}

// readSmall is what the file of procfs has, or "" where it cannot be read. Package os would have go test
// depend on the file.
func readSmall(name string) string {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	var text [256]byte
	n, _ := unix.Read(fd, text[:])
	return string(text[:max(n, 0)])
}

// wchanOf is the function of the kernel in which the thread id waits, or "" where it does not, or the
// system does not tell (proc_pid_wchan(5)). It is never asked of a mount.
func wchanOf(id int) string {
	if in := readSmall(fmt.Sprintf("/proc/self/task/%d/wchan", id)); in != "0" {
		return in
	}
	return ""
}
