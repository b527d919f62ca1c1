package wire

import "time"

// A Hello is a child's first line: it is ready.
type Hello struct {
	Addr    string // of a server
	Backend string // of awaitio: "io_uring" or "epoll"
}

// A Window is what was done in a stretch of time.
type Window struct {
	Ops     int64              // requests answered, reads done, ...
	Elapsed time.Duration      // from the first one's begin to the last one's end
	Micros  map[string]float64 // latencies by name of the quantile, in microseconds
	Values  map[string]float64 // what else the work measures, by metric

	// Elsewhere means that another process did it: what this one used is of no
	// interest.
	Elsewhere bool
}

// Counters are what a process has used so far, or uses now.
type Counters struct {
	CPU     time.Duration // of all its threads, the kernel's workers for it included
	Mallocs uint64        // allocations since the start
	Threads int           // now
	RSS     int64         // bytes, now
	Live    int64         // bytes of Go's objects and stacks, now
	PeakRSS int64         // bytes
}

// request is a line of the parent: one of the two.
type request struct {
	Counters bool          `json:",omitempty"`
	Run      time.Duration `json:",omitempty"`
}

// reply is a line of the child: one of them.
type reply struct {
	Hello    *Hello    `json:",omitempty"`
	Window   *Window   `json:",omitempty"`
	Counters *Counters `json:",omitempty"`
	Error    string    `json:",omitempty"`
}
