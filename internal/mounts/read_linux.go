package mounts

import (
	"fmt"
	"os"
	"strings"
)

// Read reads what is mounted. It asks no file system but proc and sysfs, neither of which
// waits for another here.
func Read() (*Table, error) {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	all, err := Parse(f)
	if err != nil {
		return nil, err
	}
	Classify(all, backingFile)
	return NewTable(all), nil
}

// backingFile is the file behind the loop device /dev/loopN.
func backingFile(n uint32) string {
	name, err := os.ReadFile(fmt.Sprintf("/sys/block/loop%d/loop/backing_file", n))
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(string(name), "\n")
}
