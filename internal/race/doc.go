// Package race tells the race detector what the kernel does between two
// goroutines: what one of them wrote before it sent bytes happens before what
// the other does after it received them.
//
// Package syscall tells it so of its own calls, by one variable for all of them.
// This package uses the same variable, so that it does not matter which end of a
// connection is ours. Without the race detector its functions do nothing, and
// nothing of them is compiled in.
//
// It orders no more than package syscall does: a send releases, a receive that
// got something acquires, and nothing else does either.
package race
