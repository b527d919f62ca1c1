package testutil

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// startPoller makes the runtime open the descriptors of its network poller,
// which it keeps for good, so that no test is blamed for them.
func startPoller() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	return errors.Join(r.Close(), w.Close())
}

// openFiles lists the open descriptors, each with what it refers to, as in
// "7 -> socket:[4711]": a number that came to mean another file is a new item.
func openFiles() ([]string, error) {
	const dir = "/proc/self/fd"
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if gone(err) {
			continue // the descriptor ReadDir itself used
		}
		if err != nil {
			return nil, err
		}
		files = append(files, e.Name()+" -> "+target)
	}
	return files, nil
}

// ringMappings lists the lines of the memory map that belong to a ring.
func ringMappings() ([]string, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	var rings []string
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, "io_uring") {
			rings = append(rings, strings.TrimSpace(line))
		}
	}
	return rings, nil
}

// ringWorkers lists the kernel threads that work for a ring, as in
// "4712 iou-wrk-4711": pool workers and submission queue pollers.
func ringWorkers() ([]string, error) {
	const dir = "/proc/self/task"
	tasks, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var workers []string
	for _, task := range tasks {
		comm, err := os.ReadFile(filepath.Join(dir, task.Name(), "comm"))
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if isRingWorker(string(comm)) {
			workers = append(workers, task.Name()+" "+strings.TrimSpace(string(comm)))
		}
	}
	return workers, nil
}

func isRingWorker(comm string) bool {
	return strings.HasPrefix(comm, "iou-wrk") || strings.HasPrefix(comm, "iou-sqp")
}

// gone reports whether what a directory listed had vanished when it was read.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}
