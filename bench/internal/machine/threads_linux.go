package machine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// between has two threads, each on its processor, call first and second n times, and tells
// how long one of the calls takes. First and second wait for each other.
func between(one, other, n int, first, second func() error) (time.Duration, error) {
	ended := make(chan error, 2)
	ready, begin := make(chan error, 2), make(chan struct{})
	calls := n
	repeat := func(cpu int, call func() error) {
		runtime.LockOSThread() // for good: the thread ends with the goroutine, and has a mask of its own
		err := pin(cpu)
		ready <- err
		<-begin
		for i := 0; i < calls && err == nil; i++ {
			err = call()
		}
		ended <- err
	}
	go repeat(one, first)
	go repeat(other, second)
	err := errors.Join(<-ready, <-ready)
	if err != nil {
		calls = 0 // or one would wait for the other
	}
	start := time.Now()
	close(begin)
	err = errors.Join(err, <-ended, <-ended)
	return time.Since(start) / time.Duration(2*n), err
}

// pin keeps the thread on one processor.
func pin(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	if err := unix.SchedSetaffinity(0, &set); err != nil {
		return fmt.Errorf("stay on processor %d: %w", cpu, err)
	}
	return nil
}

// newEventfd is one that blocks.
func newEventfd() (int, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("eventfd: %w", err)
	}
	return fd, nil
}

func signal(fd int) error {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	_, err := unix.Write(fd, one[:])
	return err
}

func await(fd int) error {
	var count [8]byte
	_, err := unix.Read(fd, count[:])
	return err
}
