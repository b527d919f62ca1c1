package fdcall

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/proactor"
)

// An Outside is a call outside the proactors: it waits for other calls, or blocks a thread. It is
// listed with the operations of the proactors from Begin to End or Ended, and counted if it ran.
type Outside struct {
	Op    string
	State proactor.OperationState
	On    *Descriptor     // nil: on none
	Dir   Direction       // of On: whose deadline ends the call
	Path  string          // if On is nil
	Ctx   context.Context // nil: none
	Size  int
	Off   int64 // negative: none
	Mount string

	brief bool // it runs on its caller's thread, and seldom waits
	own   bool // it uses memory of its caller's, so the caller must wait for it

	thread int                 // that makes it; 0: not known
	kind   *proactor.KindStats // where a call that runs is counted
	since  time.Time           // zero: Begin reads the clock
	node   list.Node[Outside]
	part   *outsidePart
}

// outsides lists the calls of a loop that are outside the proactor. It has several parts with a lock
// each, because callers that open and close small files would wait for a single lock.
type outsides [16]outsidePart

type outsidePart struct {
	mu    sync.Mutex
	calls list.List[Outside]
	free  list.List[Outside]    // records for later calls
	kinds []*proactor.KindStats // of the calls that ran
	_     [64]byte              // so that parts share no cache line
}

// Begin lists a call. End or Ended must follow.
func (l *Loop) Begin(call Outside) *Outside {
	if call.since.IsZero() {
		call.since = time.Now()
	}
	s := &l.outside[rand.Uint32()%uint32(len(l.outside))]
	call.part = s
	s.mu.Lock()
	defer s.mu.Unlock()
	o := s.free.PopFront()
	if o == nil {
		o = new(Outside)
	}
	if call.State == proactor.StateRunning {
		call.kind = s.kindOf(call.Op)
		call.kind.Begun++
	}
	*o = call
	s.calls.PushBack(&o.node, o)
	return o
}

// kindOf returns the counts for an operation, of which there are few. The lock is held.
func (s *outsidePart) kindOf(op string) *proactor.KindStats {
	for _, k := range s.kinds {
		if k.Op == op {
			return k
		}
	}
	k := &proactor.KindStats{Op: op}
	s.kinds = append(s.kinds, k)
	return k
}

// counts returns the counts of the calls that ran; an operation may occur several times.
func (s *outsides) counts() (all []proactor.KindStats) {
	for i := range s {
		all = s[i].appendCounts(all)
	}
	return all
}

func (s *outsidePart) appendCounts(all []proactor.KindStats) []proactor.KindStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.kinds {
		all = append(all, *k)
	}
	return all
}

// One in briefTimed brief calls is timed, and counts for all of them: reading the clock costs a
// twentieth of a stat(2) that the kernel's caches answer.
const briefTimed = 16

// count counts the end of o. The lock is held.
func (o *Outside) count(n int, err error) {
	k := o.kind
	if k == nil {
		return
	}
	k.Ended++
	k.Bytes += uint64(max(n, 0))
	switch {
	case !o.brief || k.Ended <= briefTimed:
		hook.Observe(&k.Latency, time.Since(o.since), 1)
	case k.Ended%briefTimed == 0:
		hook.Observe(&k.Latency, time.Since(o.since), briefTimed)
	}
	switch {
	case o.State == proactor.StateLeft: // whatever the result: its caller has left
		k.Canceled++
	case err != nil:
		k.Failed++
	}
}

// begun records that the current thread makes the call.
func (o *Outside) begun() {
	id := threadID()
	o.part.mu.Lock()
	defer o.part.mu.Unlock()
	o.thread = id
}

// leave records that the caller of o has left it.
func (o *Outside) leave() {
	o.part.mu.Lock()
	defer o.part.mu.Unlock()
	o.State = proactor.StateLeft
}

// on records the mount that o is on.
func (o *Outside) on(mount string) {
	o.part.mu.Lock()
	defer o.part.mu.Unlock()
	o.Mount = mount
}

// End removes a call that has not run from the list.
func (l *Loop) End(o *Outside) { l.Ended(o, 0, nil) }

// Ended removes a call from the list, and counts it if it has run: it moved n bytes, or failed.
func (l *Loop) Ended(o *Outside, n int, err error) {
	s := o.part
	s.mu.Lock()
	defer s.mu.Unlock()
	o.count(n, err)
	s.calls.Remove(&o.node)
	*o = Outside{}
	if s.free.Size < outsidesKept {
		s.free.PushBack(&o.node, o)
	}
}

// outsidesKept is how many records each part keeps for later calls. All parts together keep as many as
// calls may block a thread by default.
const outsidesKept = blockingSlotsDefault / len(outsides{})

// An outsideListing is a copy of the calls that were under way, the oldest first.
type outsideListing []Outside

// list returns a copy of the calls.
func (s *outsides) list() (all outsideListing) {
	for i := range s {
		all = s[i].append(all)
	}
	slices.SortFunc(all, func(a, b Outside) int { return a.since.Compare(b.since) })
	return all
}

func (s *outsidePart) append(all outsideListing) outsideListing {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.calls.First; n != nil; n = n.Next {
		all = append(all, *n.Value)
	}
	return all
}

func (l outsideListing) Len() int           { return len(l) }
func (l outsideListing) Since(i int) int64  { return l[i].since.UnixNano() }
func (l outsideListing) Fill(i int, op any) { *op.(*proactor.Operation) = l[i].operation() }

func (o *Outside) operation() proactor.Operation {
	op := proactor.Operation{
		Op: o.Op, State: o.State, Target: o.Path, File: o.Path != "", FD: -1, Size: o.Size, Offset: o.Off, Since: o.since,
		Mount: o.Mount, Thread: o.thread,
	}
	if o.On != nil {
		op.FD, op.File = o.On.FD, o.On.IsFile()
		op.Target, op.Label = o.On.Name()
		op.Deadline = o.On.deadline(o.Dir)
	}
	if op.Deadline = earlierEnd(op.Deadline, o.Ctx); o.Ctx != nil {
		op.Labels = hook.Labels(o.Ctx)
	}
	return op
}
