//go:build linux

package ring

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// The kernel tries some operations a second time in the context of the thread
// that submitted them: a buffered read whose page has arrived. If that thread has ended, the operation is not tried. It ends with
// EFAULT (io_req_task_submit in io_uring/io_uring.c), as if the caller's memory
// were bad. Go ends a thread whenever a goroutine ends that is locked to it, and
// any goroutine may have submitted the operations of others.
//
// So such an operation is submitted again, and a thread of the kernel's carries it
// out from the start (wayApart). That thread reports its result itself: a
// second EFAULT is about the memory, and is the caller's to know.

// faultsMax is how often one operation is submitted again after EFAULT.
const faultsMax = 2

// faulted reports whether an EFAULT of r may be the end of a thread, and r can be
// submitted again. A receive and an accept wait by polling, and a thread's end
// stops them with ECANCELED. Their EFAULT is real, and may have cost a datagram or
// a connection: another attempt would take the next one.
func faulted(r *backend.Request) bool {
	switch r.Op {
	case backend.OpRecv, backend.OpRecvMsg, backend.OpAccept:
		return false
	}
	return true
}

// concludeFaulted submits the operation again after EFAULT, or ends it.
func (b *Backend) concludeFaulted(f *operation) (backend.Event, bool) {
	switch {
	case f.asked || f.fired:
		return b.event(f, -int32(unix.ECANCELED)), true
	case f.faults == faultsMax:
		return b.event(f, -int32(unix.EFAULT)), true
	}
	f.faults++
	return b.change(f, wayApart)
}
