// Package readiness turns readiness into completions: it implements the contract of package
// backend with a Poller, which can only tell when a descriptor would not block.
//
// An operation is attempted at once, without blocking. If it would block, it joins its
// descriptor's line for reading or for writing, and the poller is armed. When the descriptor
// becomes ready, the operations of the line are attempted again in order. Calls that a poller
// cannot wait for (on files, opens, syncs) go to a bounded number of workers. A close that may
// block goes to other workers, so that a call that hangs does not delay it.
//
// An event that comes late, twice, or for an earlier descriptor with the same number costs an
// attempt and does no harm.
package readiness
