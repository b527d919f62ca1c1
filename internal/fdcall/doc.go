// Package fdcall carries out calls on descriptors for package await: a Descriptor knows its
// number, the calls under way on it, their deadlines and its close; a Waiter is one call,
// whose goroutine parks until the result is there; Loops are the proactors, and choose which
// of them, or which thread, makes a call. It must never know a shape: what a connection, a
// listener or a file is, and the words of their errors, are await's.
package fdcall
