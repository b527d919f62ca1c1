package mounts

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// Read reads the table of mounts. It asks only proc and sysfs, whose files read here wait for no
// other file system. It does not use package os, which reports the files it opens to go test: then no
// test result would be cached after a mount.
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
