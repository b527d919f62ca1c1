//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package readiness

import (
	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/workers"
)

// An operation is one request while the engine has it.
type operation struct {
	req   *backend.Request
	stage stage
	phase phase
	done  int // bytes transferred by earlier attempts

	node list.Node[operation] // in a line or the backlog
	job  workers.Job          // with the workers
}

// phase is how far an operation has come that needs more than attempts.
//
//	none         -> nonblocking  a connect was attempted on a non-blocking socket
//	none         -> connecting   connect(2) has begun and goes on in the background
//	nonblocking  -> connecting   the same
//	none         -> errandDue    an attempt could block the loop's thread
//	errandDue    -> none         an errand reads
//	errandDue    -> errandWrites an errand writes
//	errandWrites -> none         the errand has written
type phase uint8

const (
	phaseNone         phase = iota
	phaseNonblocking        // a full backlog ends it: the caller does not want to wait
	phaseConnecting         // it has an outcome when the socket is writable
	phaseErrandDue          // an errand must attempt it
	phaseErrandWrites       // an errand writes for it
)

// stage is where an operation is. It may end in any stage.
//
//	new --> worker       a call that may block
//	new --> line         an attempt would block, or other operations wait for the descriptor
//	new <-> backlog      a connect whose listener has no room; it is tried again after a pause
type stage uint8

const (
	stageNew     stage = iota
	stageLine          // waits for its descriptor
	stageBacklog       // waits for the next try
	stageWorker        // the workers have it
)

// allocate makes the operation of r.
func (e *Engine) allocate(r *backend.Request) *operation {
	i := int(r.Token.Index)
	if i >= len(e.operations) {
		operations := make([]*operation, max(64, 2*len(e.operations), i+1))
		copy(operations, e.operations)
		e.operations = operations
	}
	var o *operation
	if n := len(e.free); n > 0 {
		o, e.free = e.free[n-1], e.free[:n-1]
	} else {
		o = new(operation)
	}
	o.req = r
	e.operations[i] = o
	e.live++
	return o
}

// lookup finds the operation of a token, or nil if it has ended.
func (e *Engine) lookup(token backend.Token) *operation {
	i := int(token.Index)
	if i >= len(e.operations) || e.operations[i] == nil || e.operations[i].req.Token != token {
		return nil
	}
	return e.operations[i]
}

// blocks reports whether a worker must make r, because no poller can tell when it would not block.
func blocks(r *backend.Request) bool {
	switch r.Op {
	case backend.OpFsync, backend.OpOpenAt, backend.OpStatx, backend.OpWriteSync:
		return true
	case backend.OpRead, backend.OpWrite, backend.OpReadV, backend.OpWriteV:
		return r.Offset >= 0 || workers.IsFile(r.FD)
	}
	return false
}

// closesAtOnce reports whether close(2) of fd never blocks: fd is a pipe, or a socket that does not
// linger. The close of a file may wait for a server, of a terminal for the device, and of a large
// unlinked file for the disk.
func closesAtOnce(fd int) bool {
	var s unix.Stat_t
	if unix.Fstat(fd, &s) != nil {
		return true
	}
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFIFO:
		return true
	case unix.S_IFSOCK:
		return !lingers(fd)
	}
	return false
}
