package fdcall

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/spin"
	"github.com/awaitio/awaitio/proactor"
)

// A SyncGroup lets the callers that sync one file share their syncs. A caller that
// finds no sync under way leads: it makes one. Callers that come meanwhile wait for the
// next sync, since the one under way may have begun too early for what they wrote.
// When it ends, the first waiting caller leads the next sync, which is for all callers
// that wait by then.
//
// What a caller wrote happens before the sync that covers it. The caller joins with
// the lock held, after its write; the leader takes all callers that have joined, with
// the lock held, before it asks the system to sync.
//
// See docs/decisions/sharedsyncs.md.
type SyncGroup struct {
	Fsync func(fd int, dataOnly bool) error // asks the system; blocks
	Alone bool                              // each caller makes a sync of its own: ablate.SharedSyncs

	mu      sync.Mutex
	led     bool // a caller leads, or has been told to
	shared  bool // the last sync was for several callers
	closed  bool
	round   uint64   // of the callers in next
	next    syncList // callers that the sync under way does not cover
	covered syncList // callers that it covers; the leader is not among them

	gathering gathering
	leader    leader

	Failures atomic.Uint64 // how many syncs have failed
	failure  error         // of the last one
}

// NewSyncGroup returns a group whose syncs fsync makes. If single, each caller makes its own.
func NewSyncGroup(fsync func(fd int, dataOnly bool) error, single bool) *SyncGroup {
	return &SyncGroup{Fsync: fsync, Alone: single, gathering: gathering{waits: spin.Sure()}}
}

// NewClosedSyncGroup returns a group that is closed already.
func NewClosedSyncGroup() *SyncGroup {
	return &SyncGroup{closed: true, Fsync: func(int, bool) error { return ErrDescriptorClosed }}
}

// A leader is the sync of the caller that leads. Its functions are made once for all leaders.
type leader struct {
	flags int
	began bool // the round is closed
	call  func(fd int) (int, error)
	ended func(err error)
}

// Lead returns the functions with which a leader makes its sync: call makes it, and ended must be
// called once with its error, also if call could not begin.
func (g *SyncGroup) Lead(flags int) (call func(fd int) (int, error), ended func(err error)) {
	l := &g.leader // there is one leader at a time
	if g.Alone {
		l = new(leader)
	}
	if l.call == nil {
		l.call = func(fd int) (int, error) {
			if !l.began {
				l.began, l.flags = true, g.cover(l.flags)
			}
			return 0, g.Fsync(fd, l.flags == proactor.FsyncDataOnly)
		}
		l.ended = func(err error) {
			if l.began {
				g.end(err)
			} else {
				g.passLead()
			}
		}
	}
	l.flags, l.began = flags, false
	return l.call, l.ended
}

// A syncList is a list of callers in their order. The lock of the group guards it.
type syncList struct {
	list.List[Waiter]
	all int // how many of them want metadata on the device too
}

// errLead tells a caller that it leads the next sync.
var errLead = errors.New("lead the next sync")

// Join has w wait for the next sync. If no sync is under way, the caller leads instead. If w is nil,
// the caller does not wait.
func (g *SyncGroup) Join(w *Waiter, flags int) (lead bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closed:
		return false, ErrDescriptorClosed
	case !g.led || g.Alone:
		g.led = true
		return true, nil
	case w != nil:
		g.push(w, flags)
	}
	return false, nil
}

// cover closes the round: the sync that is about to begin covers all callers that wait,
// and a caller that comes later waits for another sync. It returns the flags for the sync.
func (g *SyncGroup) cover(flags int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	flags = g.flags(flags)
	g.closeRound()
	g.gathering.began = time.Now()
	return flags
}

// end gives the callers that were covered the result of the sync, and passes the lead on.
func (g *SyncGroup) end(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil && isErrno(err) {
		g.failure = err
		g.Failures.Add(1)
	}
	g.note()
	g.covered.tell(err)
	g.leadNext()
}

// passLead ends the lead of a caller that has begun no sync.
func (g *SyncGroup) passLead() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.leadNext()
}

// isErrno reports whether err is an error of the system, not of a call that was stopped.
func isErrno(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno)
}

// IsShared reports whether the last sync was for several callers, or the next one will be.
func (g *SyncGroup) IsShared() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.shared || g.next.First != nil
}

// Waiting is how many callers wait for a sync that another caller makes.
func (g *SyncGroup) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.covered.Size + g.next.Size
}

// leave takes w off the group, unless it has been told a result or to lead.
func (g *SyncGroup) leave(w *Waiter) (left bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch w.syncRound {
	case 0:
		return false
	case g.round + 1:
		g.next.remove(w)
		return true
	}
	g.covered.remove(w)
	return true
}

// Wait waits until w is told a result or to lead, and reports whether it is to lead. The end of ctx
// ends the wait. If on is not nil, its deadline of writes and its close do too.
func (g *SyncGroup) Wait(ctx context.Context, w *Waiter, on *Descriptor) (lead bool, err error) {
	c := QueuedCall{Ctx: ctx, Dir: Writing, On: [2]*Descriptor{on}, underWay: true}
	if err := c.enter(); err != nil {
		return g.giveUp(w, err)
	}
	defer c.leave()
	select {
	case <-w.done:
		err = w.result().Err
		return err == errLead, err
	case <-c.done:
		return g.giveUp(w, EndOf(ctx))
	case <-c.ended[0]:
	}
	grace := time.NewTimer(endGrace) // for the sync that covers w
	defer grace.Stop()
	select {
	case <-w.done:
		err = w.result().Err
		return err == errLead, err
	case <-grace.C:
	}
	return g.giveUp(w, c.cause())
}

// giveUp ends the wait of w with cause, unless it is told a result at the same time.
func (g *SyncGroup) giveUp(w *Waiter, cause error) (lead bool, err error) {
	if g.leave(w) {
		return false, cause
	}
	<-w.done // it was told just now
	if err := w.result().Err; err != errLead {
		return false, err
	}
	g.passLead()
	return false, cause
}

// Close ends the wait of callers that no sync under way covers, and refuses later ones.
func (g *SyncGroup) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	g.next.tell(ErrDescriptorClosed)
}

// FailedSince returns the error of the last sync that failed, if the count of failures has changed
// since it was failures. The system reports a failed write-back once, to the sync that is under way
// then. The bytes that it could not write may be of any caller that had written by the end of that
// sync.
func (g *SyncGroup) FailedSince(failures uint64) error {
	if g.Failures.Load() == failures {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.failure
}

// The rest is called with the group's lock held.

// push has w wait for the next sync.
func (g *SyncGroup) push(w *Waiter, flags int) {
	w.syncRound, w.syncsAll = g.round+1, flags != proactor.FsyncDataOnly
	g.next.push(w)
}

// flags returns the flags of the next sync if the leader wants flags. A full sync also covers callers
// that want only the data on the device.
func (g *SyncGroup) flags(flags int) int {
	if g.next.all > 0 {
		return 0
	}
	return flags
}

// closeRound has the next sync cover the callers that wait.
func (g *SyncGroup) closeRound() {
	g.shared = g.next.First != nil
	g.covered, g.next = g.next, syncList{}
	g.round++
}

func (l *syncList) push(w *Waiter) {
	l.PushBack(&w.node, w)
	if w.syncsAll {
		l.all++
	}
}

func (l *syncList) remove(w *Waiter) {
	l.Remove(&w.node)
	w.syncRound = 0
	if w.syncsAll {
		l.all--
	}
}

// tell empties the list and wakes all callers that were on it.
func (l *syncList) tell(err error) {
	for l.First != nil {
		w := l.First.Value
		l.remove(w)
		w.Tell(proactor.Result{Err: err})
	}
}

// leadNext makes the first caller that waits the leader, if there is one.
func (g *SyncGroup) leadNext() {
	if g.led = g.next.First != nil; g.led {
		g.next.First.Value.lead(&g.next)
	}
}

// lead tells w, which is on l, to lead.
func (w *Waiter) lead(l *syncList) {
	l.remove(w)
	w.Tell(proactor.Result{Err: errLead})
}
