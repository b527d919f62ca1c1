package await

import "github.com/awaitio/awaitio/proactor"

// Operations are the calls under way in io, oldest first: at most limit of them, or 1000 if
// limit is 0. They are the calls that the kernel has, with the path or the addresses of what they
// are made on and its label, and the calls that wait for their turn or block a thread. A call
// that runs on its caller's thread and seldom waits, such as a read that the page cache
// answers, is not among them.
//
// It is no snapshot: the loops are asked one after the other, between two rounds. A loop that does not
// answer within 50 ms, since it is in the kernel or in a callback, is in the list itself, with
// proactor.StateStalled. Operations may be called from any goroutine.
func (io *IO) Operations(limit int) []proactor.Operation { return io.loops.Operations(limit) }

// Loops are the loops of io that run, in their order. A loop that does not answer within 50 ms
// is Stalled. It may be called from any goroutine.
func (io *IO) Loops() []proactor.LoopState { return io.loops.States() }

// Kinds are the counts of each kind of operation, in the order of their names, over all
// proactors that io uses or has used. They never fall. Of a loop that does not answer they are
// its last answer. Kinds may be called from any goroutine.
//
// Calls on files that run on their caller's thread are not counted. Receives and sends of TCP
// connections are always counted.
func (io *IO) Kinds() []proactor.KindStats { return io.loops.Kinds() }
