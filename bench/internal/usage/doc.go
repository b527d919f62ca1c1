// Package usage tells what a process uses: processor time, memory, threads and
// system calls.
package usage
