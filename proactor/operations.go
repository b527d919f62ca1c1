package proactor

import "time"

// An Operation describes an operation that was under way when it was listed.
type Operation struct {
	Op       string         // the system call's name, or what the proactor calls it: "recv", "timeout"
	State    OperationState // where it is
	Target   string         // path, or addresses with their network; "" where none is known. Bytes as given: a path may be no UTF-8
	Label    string         // of the Conn, File, Listener or PacketConn: see SetLabel
	Mount    string         // where the file system is mounted, of a call on one that may hang, or that is 100 ms old; "" where not known
	File     bool           // it is on a file, which answers by itself: no socket, pipe or terminal
	FD       int            // the descriptor; negative where there is none
	Loop     int            // the number of its loop in its IO
	Size     int            // bytes it may move, in all; 0 where it moves none
	Offset   int64          // in the file; negative where it has none
	Since    time.Time      // when its loop took it up
	Deadline time.Time      // of its descriptor, context or timeout, the earliest; zero for none

	Labels map[string]string // of the call's context: see pprof.WithLabels; nil where it has none
	// Thread is that of a call on a mount that may hang, or of one with a context that can end. Others run on
	// their caller's thread, which Linux tells once they are 100 ms old.
	Thread int    // the number of the thread that makes it; 0 where not known
	Wchan  string // where in the kernel that thread waits, of a call that is 100 ms old; "" where the system does not tell
}

// An OperationState is the state of an operation.
type OperationState string

const (
	StateQueued   OperationState = "queued"    // in line for the kernel: see Config.MaxInFlight
	StateInFlight OperationState = "in flight" // with the kernel or a worker
	StateStopping OperationState = "stopping"  // the same, and asked to stop
	StateWaiting  OperationState = "waiting"   // with the loop: a timeout, a listener to an event, a close that others are before
	StateInLine   OperationState = "in line"   // for its turn on the descriptor, or for a place: no proactor has it yet
	StateRunning  OperationState = "running"   // blocks a thread, past the proactor
	StateLeft     OperationState = "left"      // with the kernel, which has not let go of it; its caller has given up
	StateStalled  OperationState = "stalled"   // a loop that does not answer: Target is its phase, and its operations cannot be told
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
