package machine

import (
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// A Cost is how long something takes.
type Cost struct {
	What string
	Time time.Duration
}

// Costs measures them, each for a tenth of a second or so.
func Costs() ([]Cost, error) {
	one, other, err := processors()
	if err != nil {
		return nil, err
	}
	costs := []Cost{{"a system call that does nothing", median(func() (time.Duration, error) { return syscall(), nil }, &err)}}
	add := func(what string, measure func() (time.Duration, error)) {
		if err == nil {
			costs = append(costs, Cost{what, median(measure, &err)})
		}
	}
	add("a context switch, with a write to an eventfd and a read of it",
		func() (time.Duration, error) { return pingPong(one, one) })
	if one != other {
		add("a wake-up of a thread on another processor, with the same",
			func() (time.Duration, error) { return pingPong(one, other) })
		add("a cache line that passes from one processor to another",
			func() (time.Duration, error) { return cacheLine(one, other) })
	}
	return costs, err
}

// times is of how many measurements the one in the middle counts.
const times = 5

// median is the one in the middle. The first error is left in failed.
func median(measure func() (time.Duration, error), failed *error) time.Duration {
	var all []time.Duration
	for range times {
		d, err := measure()
		if err != nil && *failed == nil {
			*failed = err
		}
		all = append(all, d)
	}
	slices.Sort(all)
	return all[times/2]
}

// processors are two that this process may use, or one twice if there is only one.
func processors() (one, other int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		return 0, 0, fmt.Errorf("which processors there are: %w", err)
	}
	var all []int
	for cpu := 0; len(all) < set.Count(); cpu++ {
		if set.IsSet(cpu) {
			all = append(all, cpu)
		}
	}
	return all[0], all[len(all)-1], nil
}

func syscall() time.Duration {
	const n = 50_000
	begin := time.Now()
	for range n {
		unix.Getppid()
	}
	return time.Since(begin) / n
}

// pingPong is half of what it takes two threads, on those processors, to wake each other.
func pingPong(one, other int) (time.Duration, error) {
	const n = 1000
	ping, err := newEventfd()
	if err != nil {
		return 0, err
	}
	defer unix.Close(ping)
	pong, err := newEventfd()
	if err != nil {
		return 0, err
	}
	defer unix.Close(pong)
	return between(one, other, n, func() error {
		if err := signal(ping); err != nil {
			return err
		}
		return await(pong)
	}, func() error {
		if err := await(ping); err != nil {
			return err
		}
		return signal(pong)
	})
}

// cacheLine is half of what it takes two threads that do not sleep to answer each other.
func cacheLine(one, other int) (time.Duration, error) {
	const n = 20_000
	var ball struct {
		_ [64]byte
		n atomic.Uint32
		_ [64]byte
	}
	strike := func(from, to uint32) func() error {
		return func() error {
			for !ball.n.CompareAndSwap(from, to) {
			}
			return nil
		}
	}
	return between(one, other, n, strike(0, 1), strike(1, 0))
}
