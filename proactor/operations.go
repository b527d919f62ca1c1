package proactor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/sockaddr"
)

// An Operation is one that was under way when it was looked for.
type Operation struct {
	Op       string         // the system call's name, or what the proactor calls it: "recv", "timeout"
	State    OperationState // where it is
	Target   string         // path, or addresses with their network; "" where none is known. Bytes as given: a path may be no UTF-8
	Label    string         // of the Conn, File, Listener or PacketConn: see SetLabel
	File     bool           // it is on a file, which answers by itself: no socket, pipe or terminal
	FD       int            // the descriptor; negative where there is none
	Loop     int            // the number of its loop in its IO
	Size     int            // bytes it may move, in all; 0 where it moves none
	Offset   int64          // in the file; negative where it has none
	Since    time.Time      // when its loop took it up
	Deadline time.Time      // of its descriptor, context or timeout, the earliest; zero for none
}

// An OperationState is where an operation is.
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

// recordsMax is how many records a loop copies, and slotsMax how many places it looks through,
// before it goes on with its work.
const (
	recordsMax = 1024
	slotsMax   = 8192
)

// A record is what the loop copies of an operation. Text is made of it later, by who asked.
type record struct {
	of         *Completion
	submission uint32
	opKind     int
	state      OperationState
	fd, size   int
	offset     int64
	since      int64
	when       int64
	path       string
	addr       []byte
	owner      hook.Named
	ctx        context.Context
	moves      bool // it was found where it may not stay: see known
}

// A survey walks through the operations of a loop, a part each turn. Operations come and go
// between the turns; one that stays is found.
type survey struct {
	p       *Proactor
	stage   int
	next    int // in the stage's table
	records []record
	ended   bool
}

// step copies the next part. It is for the loop.
func (s *survey) step() {
	p, most := s.p, len(s.records)+recordsMax
	looked := 0
	for len(s.records) < most && looked < slotsMax && !s.ended {
		table := [...]int{0, len(p.inFlight.slots), len(p.timers.Entries), len(p.fds.dense)}
		switch {
		case s.next < table[s.stage]:
			s.visit()
			s.next++
			looked++
			continue
		case s.stage == 0: // first, since operations go from the queue into the tables
			s.list(&p.queue, most)
			s.list(&p.listening, most)
		}
		s.stage, s.next = s.stage+1, 0
		s.ended = s.stage == len(table)
	}
}

// visit copies what is at the next place.
func (s *survey) visit() {
	switch p := s.p; s.stage {
	case 1:
		if c := p.inFlight.slots[s.next].c; c != nil {
			s.copy(c)
		}
	case 2:
		if c := p.timers.Entries[s.next].Of; c.kind == kindTimeout {
			s.copy(c)
		}
	case 3:
		if c := p.fds.dense[s.next].closing; c != nil && c.state.Load() == waiting {
			s.copy(c)
		}
	}
}

// list copies the oldest of l.
func (s *survey) list(l *list.List[Completion], most int) {
	for n := l.First; n != nil && len(s.records) < most; n = n.Next {
		s.copy(n.Value)
	}
}

func (s *survey) copy(c *Completion) {
	r := record{
		of: c, submission: c.submission.Load(), opKind: c.opKind(), state: StateWaiting, fd: c.req.FD,
		offset: -1, since: c.since, when: c.when,
	}
	switch state := c.state.Load(); {
	case c.kind == kindTimeout || c.kind == kindEvent || state == waiting:
	case state == queued:
		r.state = StateQueued
	case c.facts&isAbandoned != 0:
		r.state = StateLeft
	case c.stopped != reasonNone:
		r.state = StateStopping
	default:
		r.state = StateInFlight
	}
	if c.kind == kindIO {
		r.size = c.length()
		if backend.OffsetOps&(1<<c.req.Op) != 0 && c.req.Offset >= 0 {
			r.offset = c.req.Offset
		}
	}
	if c.facts&isDetailed != 0 {
		r.path = c.details.path
		if c.details.addr != nil {
			r.addr = slices.Clone(c.details.name) // the address itself is the caller's
		}
	}
	if c.owner != nil {
		r.owner, r.ctx = c.owner.Owned()
	}
	r.moves = r.state == StateQueued || c.kind == kindTimeout
	s.records = append(s.records, r)
}

// Operations are the operations under way, oldest first: at most limit of them, or 1000 if
// that is 0. It is no snapshot: it is put together in turns between rounds of the loop, which it
// holds up for some 50 µs at a time. If the loop does not answer within 50 ms, the last one has
// StateStalled. Operations may be called from any goroutine but in a callback.
func (p *Proactor) Operations(limit int) []Operation {
	if limit <= 0 {
		limit = operationsDefault
	}
	stats := p.Stats()
	expected := int(min(stats.Submitted-stats.Completed, recordsMax<<4)) + 1
	s, seen := &survey{p: p, records: make([]record, 0, expected)}, make(known)
	for !s.ended {
		next := &survey{p: p, stage: s.stage, next: s.next, records: make([]record, 0, min(expected, recordsMax))}
		if !p.ask(next.step) {
			break
		}
		next.records = seen.add(s.records, next.records)
		if len(next.records) > keepMost(limit) {
			next.records = pick(next.records, oldest(next.records, limit))
		}
		s = next
	}
	all := make([]Operation, 0, min(len(s.records), limit)+1)
	for _, i := range oldest(s.records, limit) {
		all = append(all, p.operation(&s.records[i]))
	}
	if !s.ended {
		all = p.appendStalled(all)
	}
	return all
}

// keepMost is how many records are kept while others come, of which limit are wanted.
func keepMost(limit int) int { return 4*min(limit, 1<<20) + 4*recordsMax }

const operationsDefault = 1000

// appendStalled adds the loop itself, which does not answer.
func (p *Proactor) appendStalled(all []Operation) []Operation {
	since := p.watch.asked.since.Load()
	if since == 0 { // it has answered meanwhile
		return all
	}
	return append(all, Operation{Op: "loop", State: StateStalled, Target: p.phase(), FD: -1, Offset: -1, Since: p.timeOf(since)})
}

// oldest are the places of the first n records by age.
func oldest(records []record, n int) []int {
	places := make([]int, len(records))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(i, j int) int {
		a, b := &records[i], &records[j]
		return cmp.Or(cmp.Compare(a.since, b.since), cmp.Compare(i, j))
	})
	return places[:min(n, len(places))]
}

// known are the operations that were found where they may move from while the survey goes on:
// in the queue, and in the heap of timers. They may be found once more.
type known map[operationID]bool

// An operationID is one use of a Completion.
type operationID struct {
	of         *Completion
	submission uint32
}

// add appends more to records, but for what is known.
func (k known) add(records, more []record) []record {
	for i := range more {
		r := &more[i]
		id := operationID{r.of, r.submission}
		if len(k) > 0 && k[id] {
			continue
		}
		if r.moves {
			k[id] = true
		}
		records = append(records, *r)
	}
	return records
}

// pick is the records at places.
func pick(records []record, places []int) []record {
	picked := make([]record, 0, len(places))
	for _, i := range places {
		picked = append(picked, records[i])
	}
	return picked
}

// operation is r in words.
func (p *Proactor) operation(r *record) Operation {
	o := Operation{
		Op: opKindName(r.opKind), State: r.state, Target: r.path, FD: r.fd, Size: r.size, Offset: r.offset, Since: p.timeOf(r.since),
	}
	if r.owner != nil {
		o.Target, o.Label = r.owner.Name()
		o.File = r.owner.IsFile()
	}
	o.File = o.File || r.path != "" || r.offset >= 0
	if o.Target == "" && r.addr != nil {
		if o.Target = sockaddr.UnixName(r.addr); !sockaddr.IsUnix(r.addr) {
			o.Target = sockaddr.AddrPort(r.addr).String()
		}
	}
	if r.when != 0 {
		o.Deadline = p.timeOf(r.when)
	}
	if r.ctx != nil {
		end, _ := r.ctx.Deadline() // zero for none
		o.Deadline = backend.Earlier(o.Deadline, end)
	}
	return o
}
