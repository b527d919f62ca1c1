package await

import "github.com/awaitio/awaitio/proactor"

// Operations returns the calls under way in io, oldest first: at most limit of them, or 1000 if
// limit is 0. It lists calls that the kernel has, with their path or addresses and label, and
// calls that wait for their turn or block a thread. It leaves out calls that run on their
// caller's thread and seldom wait, such as a read from the page cache.
//
// The list is not a snapshot: the loops are asked one after the other, between two rounds. A loop
// that does not answer within 50 ms, because it is in the kernel or in a callback, is in the list
// itself, with proactor.StateStalled. Any goroutine may call Operations.
func (io *IO) Operations(limit int) []proactor.Operation { return io.loops.Operations(limit) }

// Loops returns the state of each running loop of io, in their order. A loop that does not answer
// within 50 ms is Stalled. Any goroutine may call it.
func (io *IO) Loops() []proactor.LoopState { return io.loops.States() }

// Kinds returns the counts of each kind of operation, sorted by name, over all proactors that io
// uses or has used. They never decrease. For a loop that does not answer they are its last
// answer. Any goroutine may call Kinds.
//
// It counts calls on paths, and calls on files that block a thread. A call that its caller has left is
// Canceled. One in 16 of the calls on paths that run on their caller's thread is timed. It does not count reads that the page
// cache answers, nor transfers of files that nothing can end and that run on their caller's thread:
// they take little more time than the count would. It always counts receives and sends of TCP connections.
func (io *IO) Kinds() []proactor.KindStats { return io.loops.Kinds() }
