// Package readiness makes completions out of readiness: it implements the seam's
// contract with a Poller, which can only tell when a descriptor would not block.
//
// An operation is attempted at once, without blocking. If it would block, it
// joins its descriptor's line for reading or for writing, and the poller is
// asked; when the descriptor becomes ready, the line is attempted again from its
// head. What a poller cannot watch (files, opening, syncing) goes to a bounded
// number of workers, and a close that may block to others, so that nothing that
// hangs in a worker keeps it waiting.
//
// Events that come late, twice or for an earlier descriptor of the same number
// cost an attempt and do no harm.
package readiness
