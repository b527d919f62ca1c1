package proactor

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/awaitio/awaitio/internal/alarm"
	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
)

// How much a survey looks at in one round. A free slot of a table costs a tenth of an operation, and
// a timer that is copied from the heap less than that.
const (
	visitsMax = 256
	slotsMax  = 8 * visitsMax
	timersMax = 32 * visitsMax
)

// A record is the loop's copy of an operation. The goroutine that asked turns it into text later.
type record struct {
	opKind   int
	state    OperationState
	fd, size int
	offset   int64
	since    int64
	when     int64
	owner    hook.Named
	ctx      context.Context
	detail   *recordDetail // or nil
}

type recordDetail struct {
	path string
	addr []byte
}

// A survey walks through the operations of a loop, a part in each step, and keeps the oldest. Operations
// come and go between the steps. One that stays is found once: it is marked with the survey's id. Of
// more than timersMax timeouts some may be missed, because their heap changes.
//
// The oldest are kept in a heap with the youngest of them on top. Most operations are younger than that
// one, and are not copied.
type survey struct {
	p     *Proactor
	limit int
	id    uint32

	mu      sync.Mutex // the loop holds it in step
	dropped bool       // the goroutine that asked has given up
	stage   surveyStage
	next    int // index in the stage's table
	cursor  surveyCursor
	timers  []alarm.Entry[*Completion] // the part of the heap that is copied and not looked at yet
	copied  []alarm.Entry[*Completion] // memory for timers, made before the loop needs it
	records []record                   // at most limit
	oldest  alarm.Heap[int]            // indices of records, youngest on top; filled when there are limit
	visits  int                        // in this step
}

// A surveyCursor is the operation that was looked at last in a list, and which of its submissions.
type surveyCursor struct {
	c          *Completion
	submission uint32
}

// listOf returns the list that c is in by its node, or nil.
func (p *Proactor) listOf(c *Completion) *list.List[Completion] {
	switch state := c.state.Load(); {
	case state == queued:
		return &p.queue
	case state == completed:
		return &p.completed
	case state == waiting && c.kind == kindEvent:
		return &p.listening
	}
	return nil
}

// after returns where to go on in l: after the cursor or, if that has left the list, at the head.
// Operations leave a list at its head, and those that were looked at already are marked.
func (s *survey) after(l *list.List[Completion]) *list.Node[Completion] {
	if c := s.cursor.c; c != nil && c.submission.Load() == s.cursor.submission && s.p.listOf(c) == l {
		return c.node.Next
	}
	return l.First
}

// A surveyStage is a table or list of operations. Operations move from earlier stages to later ones.
// Only a transfer that goes on is queued again, so the queue comes twice.
type surveyStage uint8

const (
	surveyCloses surveyStage = iota
	surveyQueue
	surveyListening
	surveyInFlight
	surveyLeft // operations that the kernel keeps when the loop ends, and whose callbacks are to come
	surveyQueueAgain
	surveyTimers
	surveyEnded
)

// step looks at the next part, and reports whether there are more. Only the loop calls it.
func (s *survey) step() (more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dropped {
		return false
	}
	p := s.p
	if w := &p.watch; w.undated != nil {
		w.undated.since, w.undated = p.batchNow(), nil
	}
	for s.visits = 0; s.visits < visitsMax && s.stage < surveyEnded; {
		if s.part() {
			s.stage, s.next, s.cursor = s.stage+1, 0, surveyCursor{}
		}
	}
	return s.stage < surveyEnded
}

// part looks at some operations of the stage, and reports whether they were the last.
func (s *survey) part() (last bool) {
	switch p := s.p; s.stage {
	case surveyQueue, surveyQueueAgain:
		return s.list(&p.queue)
	case surveyListening:
		return s.list(&p.listening)
	case surveyInFlight:
		return s.table(len(p.inFlight.slots), func(i int) *Completion { return p.inFlight.slots[i].c })
	case surveyLeft:
		return s.left()
	case surveyTimers:
		return s.heap()
	case surveyCloses:
		return s.table(len(p.fds.dense), func(i int) *Completion {
			if c := p.fds.dense[i].closing; c != nil && c.state.Load() == waiting {
				return c
			}
			return nil
		})
	}
	return true
}

// list goes on in l.
func (s *survey) list(l *list.List[Completion]) (last bool) {
	n := s.after(l)
	for ; n != nil && s.visits < visitsMax; n = n.Next {
		s.visit(n.Value)
		s.cursor = surveyCursor{n.Value, n.Value.submission.Load()}
	}
	return n == nil
}

// left goes on in the completed operations. It visits those that the kernel keeps.
func (s *survey) left() (last bool) {
	n := s.after(&s.p.completed)
	for ; n != nil && s.visits < visitsMax; n = n.Next {
		if c := n.Value; errors.Is(c.result.Err, hook.ErrKept) {
			s.visit(c)
		} else {
			s.visits++
		}
		s.cursor = surveyCursor{n.Value, n.Value.submission.Load()}
	}
	return n == nil
}

// table goes on in a table with size slots. at returns nil for a free one.
func (s *survey) table(size int, at func(i int) *Completion) (last bool) {
	for end := s.next + slotsMax; s.next < min(size, end) && s.visits < visitsMax; s.next++ {
		if c := at(s.next); c != nil {
			s.visit(c)
		}
	}
	if s.next < size {
		s.visits = visitsMax // enough for this step
	}
	return s.next >= size
}

// heap goes on with the timeouts that it has copied, or copies more.
func (s *survey) heap() (last bool) {
	for len(s.timers) > 0 && s.visits < visitsMax {
		// Only the loop writes timerSlot. If it is 0, c may be idle and its fields its owner's.
		if c := s.timers[0].Of; c.timerSlot != 0 && c.kind == kindTimeout {
			s.visit(c)
		} else {
			s.visits++
		}
		s.timers = s.timers[1:]
	}
	if len(s.timers) > 0 {
		return false
	}
	all := s.p.timers.Entries
	if s.next >= len(all) {
		return true
	}
	end := min(len(all), s.next+timersMax)
	s.timers = append(s.copied[:0], all[s.next:end]...)
	s.next = end
	s.visits = visitsMax
	return false
}

// visit keeps c if it is among the oldest so far.
func (s *survey) visit(c *Completion) {
	s.visits++
	if c.surveyed == s.id {
		return
	}
	c.surveyed = s.id
	if len(s.records) < s.limit {
		s.records = append(s.records, recordOf(c))
		if len(s.records) == s.limit {
			for i := range s.records {
				s.oldest.Push(alarm.Entry[int]{When: -s.records[i].since, Of: i})
			}
		}
		return
	}
	if youngest := s.oldest.Entries[0]; c.since < -youngest.When {
		s.records[youngest.Of] = recordOf(c)
		s.oldest.Replace(0, alarm.Entry[int]{When: -c.since, Of: youngest.Of})
	}
}

func recordOf(c *Completion) record {
	r := record{opKind: c.opKind(), state: c.surveyState(), fd: c.req.FD, offset: -1, since: c.since, when: c.when}
	if c.kind == kindIO {
		r.size = c.length()
		if backend.OffsetOps&(1<<c.req.Op) != 0 && c.req.Offset >= 0 {
			r.offset = c.req.Offset
		}
	}
	if c.facts&isDetailed != 0 {
		r.detail = &recordDetail{path: c.details.path}
		if c.details.addr != nil {
			r.detail.addr = slices.Clone(c.details.name) // the address itself is the caller's
		}
	}
	if c.owned {
		r.owner, r.ctx = c.Data.(hook.Owner).Owned()
	}
	return r
}

// surveyState is the state of c as lists show it.
func (c *Completion) surveyState() OperationState {
	switch state := c.state.Load(); {
	case c.kind == kindTimeout || c.kind == kindEvent || state == waiting:
		return StateWaiting
	case state == queued:
		return StateQueued
	case c.facts&isAbandoned != 0:
		return StateLeft
	case c.stopped != reasonNone:
		return StateStopping
	}
	return StateInFlight
}
