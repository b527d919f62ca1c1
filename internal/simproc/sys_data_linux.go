package simproc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// landmark lies in the data that the linker has laid out for all packages, the runtime too:
// it has a value from the start, and no pointers.
var landmark = [4]uint64{0x51b0_11e5, 1, 2, 3}

// writableData is the mapping that landmark lies in. See proc_pid_maps(5). It has the
// variables of all packages, which to checkptr is more than one may reach from landmark.
//
//go:nocheckptr
func writableData() ([]byte, error) {
	maps, err := readQuietly("/proc/self/maps\x00")
	if err != nil {
		return nil, err
	}
	address := uintptr(unsafe.Pointer(&landmark))
	for line := range bytes.Lines(maps) {
		var from, to uintptr
		var mode string
		if _, err := fmt.Sscanf(string(line), "%x-%x %s", &from, &to, &mode); err != nil {
			continue
		}
		if from <= address && address < to && len(mode) > 1 && mode[:2] == "rw" {
			first := unsafe.Add(unsafe.Pointer(&landmark), -int(address-from))
			return unsafe.Slice((*byte)(first), to-from), nil
		}
	}
	return nil, errors.New("no writable mapping in /proc/self/maps has it")
}

// readQuietly reads a file, whose name ends with a NUL, and does not tell the runtime that it
// makes system calls: at one that takes long another thread would get the processor, which
// would show in the schedule of what follows.
func readQuietly(name string) (text []byte, err error) {
	path := []byte(name)
	at := unix.AT_FDCWD
	fd, _, errno := syscall.RawSyscall6(syscall.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(&path[0])), syscall.O_RDONLY|syscall.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return nil, os.NewSyscallError("openat", errno)
	}
	defer syscall.RawSyscall(syscall.SYS_CLOSE, fd, 0, 0)
	for b := make([]byte, 64<<10); ; {
		n, _, errno := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)))
		switch {
		case errno != 0:
			return nil, os.NewSyscallError("read", errno)
		case n == 0:
			return text, nil
		}
		text = append(text, b[:n]...)
	}
}
