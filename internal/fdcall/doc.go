// Package fdcall carries out calls on descriptors for package await.
//
//   - A Descriptor has an open number, the calls under way on it, their deadlines, and its close.
//   - A Waiter is one call by a loop: its goroutine parks until the result arrives.
//   - Loops are the loops of an IO. Route chooses the loop of a call, wayOf whether a loop makes a
//     call on a file or the caller's thread does.
//   - A loopCall, a threadCall and a leavableCall are calls that the caller may leave if the kernel
//     does not answer.
//   - A call that must wait for another is a QueuedCall. It waits for a FairLock (a lock, or equal
//     slots), for a quota (bytes), or for a slot on a mounts.Lane.
//
// The package does not know shapes: what a connection, a listener or a file is, and the words of
// their errors, belong to await.
package fdcall
