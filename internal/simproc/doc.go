// Package simproc runs the seeds of a simulation in processes of their own: it starts them,
// watches them, tells why one hangs, and reduces what makes one fail.
//
// # Parent and child
//
// The parent is a test binary, a child the same binary once more, with the same flags and the
// variable that Attach looks for: it runs the same test up to the same call, one seed, and
// ends. So package variables are new for each seed, a panic ends one seed, and a schedule does
// not depend on the seeds before. It costs 3 to 5 ms a seed.
//
// A child has GOMAXPROCS=1 and no asynchronous preemption, and its sources of chance are
// seeded where Go lets them. A Page of shared memory shows its progress: the parent looks,
// and the child does nothing for it but count. So looking does not change a schedule.
//
// # Mutexes
//
// In a child goroutines that wait for a mutex count as durably blocked, so that the bubble's
// clock passes over them: PassMutexes, and docs/decisions/simbubble.md.
package simproc
