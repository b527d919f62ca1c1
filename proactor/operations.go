package proactor

import "time"

// An Operation describes an operation that was under way when it was listed.
type Operation struct {
	Op       string         // name of the system call, or the proactor's own: "recv", "timeout"
	State    OperationState // see the constants
	Target   string         // path, or network and addresses; "" if not known; a path need not be UTF-8
	Label    string         // of the Conn, File, Listener or PacketConn: see SetLabel
	Mount    string         // mount point, if the mount may hang or the call is 100 ms old; "" if not known
	File     bool           // on a path or a file; false for sockets, pipes and terminals
	FD       int            // descriptor; negative: none
	Loop     int            // number of its loop in its IO
	Size     int            // bytes that it may move
	Offset   int64          // in the file; negative: none
	Since    time.Time      // when it began
	Deadline time.Time      // the earliest of its descriptor's, context's and timeout's; zero: none

	Labels map[string]string // of the call's context: see pprof.WithLabels; nil: none

	// Thread is the number of the thread that makes the call, or 0 if that is not known. It is known at
	// once for a call on a mount that may hang, and for a call with a context that can end. A call on its
	// caller's thread has it when it is 100 ms old, on Linux.
	Thread int
	Wchan  string // where in the kernel Thread waits, if the call is 100 ms old; "" if not known
}

// An OperationState is the state of an operation.
type OperationState string

const (
	StateQueued   OperationState = "queued"    // waits to be handed to the kernel: see Config.MaxInFlight
	StateInFlight OperationState = "in flight" // the kernel or a worker has it
	StateStopping OperationState = "stopping"  // the same, and it was asked to stop
	StateWaiting  OperationState = "waiting"   // the loop has it: a timeout, an event listener, a close behind other operations
	StateInLine   OperationState = "in line"   // waits for other calls on the descriptor, or for a slot; not submitted yet
	StateRunning  OperationState = "running"   // a thread blocks in it; it was not submitted
	StateLeft     OperationState = "left"      // the kernel still has it, but its caller has left
	StateStalled  OperationState = "stalled"   // stands for all operations of a loop that does not answer; Target is the loop's phase
)

// Operations returns the operations under way, oldest first: at most limit of them, or 1000 if
// limit is 0. It is not a snapshot: it is collected in steps between rounds of the loop, which it
// holds up for less than 100 µs at a time. If the loop does not answer within 50 ms, the last
// entry has StateStalled. Any goroutine may call Operations, but not in a callback.
func (p *Proactor) Operations(limit int) []Operation {
	if limit <= 0 {
		limit = operationsDefault
	}
	l := p.list(limit)
	all := make([]Operation, l.Len())
	for i := range all {
		l.Fill(i, &all[i])
	}
	return all
}

const operationsDefault = 1000
