//go:build linux

// Package ring drives io_uring with three system calls and two mappings.
//
// A Ring is a pair of queues shared with the kernel. Next hands out a zeroed
// submission slot, a Prep method fills it, Submit gives every filled slot to
// the kernel, and Reap copies out the results:
//
//	sqe := r.Next()
//	sqe.PrepRecv(fd, buf, 0)
//	sqe.UserData = token
//	r.Submit()
//	n := r.Reap(cqes)
//
// One goroutine at a time uses a Ring. It may move between operating system
// threads, which is why the rings are set up without IORING_SETUP_SINGLE_ISSUER.
//
// A slot holds addresses, and an address keeps nothing alive. The Prep methods
// put what they are given in the heap; their caller keeps it reachable
// until the kernel is done with it: buffers, accept addresses and receive headers until the last
// result, and timespecs, paths and connect addresses until Submit has
// consumed the slot (with IORING_FEAT_SUBMIT_STABLE; until the result without).
package ring
