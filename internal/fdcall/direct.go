package fdcall

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/spin"
	"github.com/awaitio/awaitio/proactor"
)

// A direct is what a TCP connection has for transfers that its callers make themselves: see
// docs/decisions/edges.md.
type direct struct {
	conn      *edge.Conn  // apart: an engine has it until another connection gets the number
	refused   atomic.Bool // the poller does not watch the connection, until a request that waits has it do so
	receiving FairLock    // of the caller that receives
	timer     deadlineTimer
	moved     [Untimed]transfers
	clear     [Untimed]atomic.Bool // see noteObstacles
	spins     spin.Estimate        // of the receiver
	sends     uint64               // when it was about to spin last
	busySince time.Duration        // since when it has not parked, where Go uses one CPU, as pulse.Now says; 0: it has
	waited    bool                 // the receive under way has; the receiver's

	listed bool                  // under the descriptor's lock
	node   list.Node[Descriptor] // among those of the loop, once there was a transfer
	begun  uint64                // receives, as its counts were seen last; under the lock of the loop's directs

	// Of the last receive that has waited. The receiver writes them before it parks.
	since atomic.Int64    // when it began to, as pulse.Now says; moved deadlines and the like do not count
	size  atomic.Int64    // of its buffer
	ctx   context.Context // of the one that waits, under the descriptor's lock; nil too for context.Background
}

// transfers count those of one direction. One goroutine at a time writes them, which keeps the
// descriptor from being closed.
type transfers struct {
	ended atomic.Uint64
	bytes atomic.Uint64
}

// end counts a transfer.
func (t *transfers) end(bytes int) {
	t.ended.Store(t.ended.Load() + 1)
	t.move(bytes)
}

// move counts bytes of a transfer that another is to count.
func (t *transfers) move(bytes int) { t.bytes.Store(t.bytes.Load() + uint64(bytes)) }

// transfersDirectly reports whether the caller makes recv(2) and send(2) itself: a poller
// watches d, which is a TCP connection. In a bubble the proactor makes them, whose channels
// are no bubble's.
func (d *Descriptor) transfersDirectly() bool {
	return d.direct != nil && d.direct.conn.IsOn() && !hook.InBubble()
}

// errByRequest is the answer of a direct transfer where the proactor is to make the call.
var errByRequest error = byRequest{}

type byRequest struct{}

func (byRequest) Error() string { return "the proactor makes the call" }

// directMax is the most that one system call is asked for: Linux transfers 2 GiB at most, and
// fewer bytes than were asked for are all there are.
const directMax = 1 << 30

// mayTransfer is why no direct transfer begins any more, if so. One that has begun goes on.
func (d *Descriptor) mayTransfer(ctx context.Context) error {
	switch {
	case ctx == nil:
		return ErrNilContext
	case d.Loop.Loops.refusing.Load() && d.Loop.Loops.refuses(ctx):
		return proactor.ErrClosed
	}
	return nil
}

// canTransfer is why a direct transfer must not be attempted, if so. Requests that are under
// way come first.
func (d *Descriptor) canTransfer(ctx context.Context, dir Direction) error {
	if x := d.direct; x.clear[dir].Load() && x.conn.IsFree() && ctx.Err() == nil {
		return nil
	}
	return d.obstacle(ctx, dir)
}

// obstacle is canTransfer where something may be in the way.
//
//go:noinline
func (d *Descriptor) obstacle(ctx context.Context, dir Direction) error {
	if ctx.Err() != nil {
		return EndOf(ctx)
	}
	return d.obstacleOn(dir)
}

// obstacleOn is obstacle for a context that has not ended.
func (d *Descriptor) obstacleOn(dir Direction) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return err
	}
	x := d.direct
	if d.side[dir].calls.First != nil || x != nil && (!x.conn.IsOn() || dir == Reading && x.conn.PassedOn()) {
		return errByRequest
	}
	if x != nil && !x.listed {
		d.Loop.directs.add(d)
		d.noteObstacles(Reading)
		d.noteObstacles(Writing)
	}
	return nil
}

// noteObstacles keeps d.direct.clear, by which a transfer sees without the lock that there is no
// deadline, no close and no request in its way, and that d is listed. Code that changes one of these calls
// it before giving back the lock. So a transfer that finds d clear is as one that had the lock just
// before that change: it may be attempted beside what comes after. The lock is held.
//
// One that waits must not miss the change. It parks first and looks then; a deadline that is set, or a close, is
// noted first and wakes the receiver then. So either the receiver sees it, or is woken.
func (d *Descriptor) noteObstacles(dir Direction) {
	if x := d.direct; x != nil && dir < Untimed {
		s := &d.side[dir]
		x.clear[dir].Store(x.listed && s.deadline.IsZero() && s.calls.First == nil && !d.Closed())
	}
}

// transferred counts a direct transfer that has ended, before its caller lets d be closed. One
// that has waited, and goes on by a request, is two.
func (d *Descriptor) transferred(dir Direction, n int, err error) {
	d.direct.moved[dir].end(n)
	if err != errByRequest {
		d.Loop.directs.failed(dir, err)
	}
}

// endDirect is called when the last transfer has left d, which is being closed.
func (d *Descriptor) endDirect() {
	d.direct.conn.Forget()
	if d.direct.listed {
		d.Loop.directs.remove(d)
	}
}

// directs are the descriptors of a loop that have had direct transfers, the counts of those
// that are closed, and of transfers beside the ring.
type directs struct {
	mu    sync.Mutex
	open  list.List[Descriptor]
	kinds [Untimed]proactor.KindStats

	_      [64]byte
	beside [Untimed]besideCounts
}

// add lists d, whose lock is held, from its first transfer on.
func (s *directs) add(d *Descriptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.direct.listed = true
	s.open.PushBack(&d.direct.node, d)
}

// remove takes d, which is closed, off the list, and keeps its counts.
func (s *directs) remove(d *Descriptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open.Remove(&d.direct.node)
	d.direct.addTo(&s.kinds)
}

// failed counts a transfer, which counts as ended already, as what its error says, if there is one.
func (s *directs) failed(dir Direction, err error) {
	if err != nil {
		s.countFailed(dir, err)
	}
}

//go:noinline
func (s *directs) countFailed(dir Direction, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, canceled := err.(*CanceledError)
	switch k := &s.kinds[dir]; {
	case err == ErrDeadlinePassed:
		k.TimedOut++
	case canceled, err == ErrDescriptorClosed:
		k.Canceled++
	default:
		k.Failed++
	}
}

// waited counts the time that a receive has waited. Short times are many: one in shortTimed
// is counted, and stands for all. Chance picks it, since a connection may live for a few.
func (s *directs) waited(wait time.Duration) {
	times := uint64(1)
	if wait < shortWait {
		if rand.Uint32()%shortTimed != 0 {
			return
		}
		times = shortTimed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	hook.Observe(&s.kinds[Reading].Latency, wait, times)
}

const (
	shortWait  = time.Millisecond
	shortTimed = 16
)

// counts are those of all transfers of the loop.
func (s *directs) counts() []proactor.KindStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	sums := s.kinds
	for n := s.open.First; n != nil; n = n.Next {
		n.Value.direct.addTo(&sums)
	}
	for dir := range sums {
		s.beside[dir].addTo(&sums[dir])
	}
	sums[Reading].Op, sums[Writing].Op = "recv", "send"
	used := sums[:0]
	for _, k := range sums {
		if k.Begun > 0 || k.Bytes > 0 {
			used = append(used, k)
		}
	}
	return used
}

// addTo adds x to the counts of each direction. A receive that waits has begun. It is looked for after
// the count of ended ones, so that none counts twice; one whose wait is interrupted does not wait for a
// moment, and has begun all the same. The lock of the loop's directs is held.
func (x *direct) addTo(sums *[Untimed]proactor.KindStats) {
	for dir := range sums {
		k, ended := &sums[dir], x.moved[dir].ended.Load()
		begun := ended
		if dir == int(Reading) {
			if x.conn.IsParked() {
				begun++
			}
			x.begun = max(x.begun, begun)
			begun = x.begun
		}
		k.Begun += begun
		k.Ended += ended
		k.Bytes += x.moved[dir].bytes.Load()
	}
}

// list are the receives that wait.
func (s *directs) list() (all directListing) {
	for _, d := range s.parked() {
		if r, ok := d.waitingReceive(); ok {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b directReceive) int { return a.since.Compare(b.since) })
	return all
}

// used reports whether a caller transfers. A receive that waits and is later than began does not count.
func (s *directs) used(began time.Time) bool {
	if s.beside[Reading].underWay.Load()+s.beside[Writing].underWay.Load() > 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.open.First; n != nil; n = n.Next {
		users, x := n.Value.users.Load()%refusing, n.Value.direct
		if users == 1 && x.conn.IsParked() && isLater(pulse.At(time.Duration(x.since.Load())), began) {
			users = 0
		}
		if users > 0 {
			return true
		}
	}
	return false
}

// parked are the descriptors whose receiver waits. Their locks come before that of s.
func (s *directs) parked() (all []*Descriptor) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for n := s.open.First; n != nil; n = n.Next {
		if n.Value.direct.conn.IsParked() {
			all = append(all, n.Value)
		}
	}
	return all
}

// A directReceive waits for data.
type directReceive struct {
	on              *Descriptor
	ctx             context.Context
	size            int
	since, deadline time.Time
}

// waitingReceive is the receive that waits for data, if one does. What there is to be told of it was
// written before it parked, its time last: if that is the same before and after, all is of one receive.
func (d *Descriptor) waitingReceive() (r directReceive, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	x := d.direct
	since, size := x.since.Load(), x.size.Load()
	if !x.conn.IsParked() || x.since.Load() != since {
		return r, false
	}
	r = directReceive{on: d, ctx: x.ctx, size: int(size), since: pulse.At(time.Duration(since)), deadline: d.side[Reading].deadline}
	if r.ctx == nil {
		r.ctx = context.Background()
	}
	return r, true
}

// A directListing is receives that were waiting, the oldest first.
type directListing []directReceive

func (l directListing) Len() int          { return len(l) }
func (l directListing) Since(i int) int64 { return l[i].since.UnixNano() }

func (l directListing) Fill(i int, op any) {
	r := &l[i]
	o := proactor.Operation{Op: "recv", State: proactor.StateInFlight, FD: r.on.FD, Size: r.size, Offset: -1, Since: r.since}
	o.Target, o.Label = r.on.Name()
	o.Deadline, o.Labels = earlierEnd(r.deadline, r.ctx), hook.Labels(r.ctx)
	*op.(*proactor.Operation) = o
}

// earlierEnd is t or the end of ctx, whichever is the earlier one. A zero time, and a nil ctx, are
// none.
func earlierEnd(t time.Time, ctx context.Context) time.Time {
	if ctx == nil {
		return t
	}
	if end := hook.Deadline(ctx); !end.IsZero() && (t.IsZero() || end.Before(t)) {
		return end
	}
	return t
}
