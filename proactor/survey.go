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

// How much a loop looks at before it goes on with its work. A place of a table that is free costs
// a tenth of an operation, and a timer of the heap that is copied less.
const (
	visitsMax = 256
	slotsMax  = 8 * visitsMax
	timersMax = 32 * visitsMax
)

// A record is what the loop copies of an operation. Text is made of it later, by who asked.
type record struct {
	opKind   int
	state    OperationState
	fd, size int
	offset   int64
	since    int64
	when     int64
	owner    hook.Named
	ctx      context.Context
	detail   *recordDetail // nil: it has none
}

type recordDetail struct {
	path string
	addr []byte
}

// A survey walks through the operations of a loop, a part each turn, and keeps the oldest. Operations
// come and go between the turns; one that stays is found, and once: it bears the survey's
// number then. Of more than timersMax timeouts some may be missed, since their heap changes.
//
// The oldest are kept as a heap with the youngest of them on top: most of what is looked at is
// younger, and not copied.
type survey struct {
	p     *Proactor
	limit int
	id    uint32

	mu      sync.Mutex // the loop has it in its turns
	dropped bool       // nobody wants it any more
	stage   surveyStage
	next    int // in the stage's table
	cursor  surveyCursor
	timers  []alarm.Entry[*Completion] // a part of the heap, as it was
	copied  []alarm.Entry[*Completion] // room for it: the loop is not to make much memory
	records []record                   // at most limit
	oldest  alarm.Heap[int]            // of records, by age; once there are limit of them
	visits  int                        // in this turn
}

// A surveyCursor is what was looked at last in a list, and which of its submissions.
type surveyCursor struct {
	c          *Completion
	submission uint32
}

// next is where to go on in l: behind the cursor or, where that has left the list, at its head. Most
// leave it there, and the rest are known. What is in the list is in one of two states.
func (s surveyCursor) next(l *list.List[Completion], listed, event uint32) *list.Node[Completion] {
	if s.c != nil && s.c.submission.Load() == s.submission {
		if state := s.c.state.Load(); state == listed || s.c.kind == kindEvent && state == event {
			return s.c.node.Next
		}
	}
	return l.First
}

// A surveyStage is a place where operations are: first those that they leave for others. A
// transfer that goes on is queued once more.
type surveyStage uint8

const (
	surveyCloses surveyStage = iota
	surveyQueue
	surveyListening
	surveyInFlight
	surveyLeft // by a loop that ends: whose callbacks are to come
	surveyQueueAgain
	surveyTimers
	surveyEnded
)

// step looks at the next part, and reports whether there are more. It is for the loop.
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

// part looks at some of its stage's operations, and reports whether these were the last.
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
	n := s.cursor.next(l, queued, waiting)
	for ; n != nil && s.visits < visitsMax; n = n.Next {
		s.visit(n.Value)
		s.cursor = surveyCursor{n.Value, n.Value.submission.Load()}
	}
	return n == nil
}

// left goes on in those that have ended, of which the kernel still has some.
func (s *survey) left() (last bool) {
	n := s.cursor.next(&s.p.completed, completed, completed)
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

// table goes on in a table of size places, of which free ones are nil.
func (s *survey) table(size int, at func(i int) *Completion) (last bool) {
	for end := s.next + slotsMax; s.next < min(size, end) && s.visits < visitsMax; s.next++ {
		if c := at(s.next); c != nil {
			s.visit(c)
		}
	}
	if s.next < size {
		s.visits = visitsMax // enough for this turn
	}
	return s.next >= size
}

// heap goes on with the timeouts that it has copied, or copies more.
func (s *survey) heap() (last bool) {
	for len(s.timers) > 0 && s.visits < visitsMax {
		// The slot is the loop's own: without one it is somebody else's by now, kind and all.
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

// surveyState is where c is, for those who look.
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
