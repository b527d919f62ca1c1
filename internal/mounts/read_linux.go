package mounts

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Read reads what is mounted. It asks no file system but proc and sysfs, neither of which
// waits for another here. Package os would tell go test of these files, and have it run a test
// again whenever something is mounted.
func Read() (*Table, error) {
	text, err := readFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	all, err := Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	known.fill(all)
	Classify(all, backingFile)
	return NewTable(all), nil
}

// backingFile is the file behind the loop device /dev/loopN.
func backingFile(n uint32) string {
	name, err := readFile(fmt.Sprintf("/sys/block/loop%d/loop/backing_file", n))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(name), "\n")
}

func readFile(name string) ([]byte, error) {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = unix.Close(fd) }() // it was only read
	var text []byte
	for room := make([]byte, 16<<10); ; {
		n, err := unix.Read(fd, room)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return nil, err
		case n == 0:
			return text, nil
		default:
			text = append(text, room[:n]...)
		}
	}
}
