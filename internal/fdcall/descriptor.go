package fdcall

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/edge"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/list"
	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/system"
	"github.com/awaitio/awaitio/proactor"
)

// A Descriptor is an open socket or file: its number, the calls under way on it, and their deadlines.
// Calls are submitted under its lock. So no call is submitted after a close has begun, when the number
// may soon belong to another file, and no call misses a deadline that moves.
type Descriptor struct {
	Loop *Loop
	FD   int

	mu          sync.Mutex
	side        [Sides]side
	roomWaiters map[*roomWaiter]struct{} // calls that wait for room
	users       atomic.Int64             // uses of the number outside the proactor; plus refusing once a close has begun
	free        chan struct{}            // closed for a close that waits, when there are no calls and users
	onlyLeft    chan struct{}            // the same, when all remaining ones were left to the kernel
	leftCalls   int                      // calls under way that were left by their callers
	leftUsers   int64                    // users that were
	dev         atomic.Pointer[device]   // what device returns
	Device      uint64                   // number of the file system
	Lane        *mounts.Lane             // of a mount that may hang; else nil
	Lending     Lending                  // of a file
	Stored      bool                     // a regular file, a directory or a block device: the kernel stops no call on it
	Appends     bool                     // O_APPEND
	Buffered    bool                     // a regular file without O_DIRECT
	Cached      cacheEstimate            // of reads
	Kind        Kind
	withSeveral bool    // loops other than with have had calls, too
	Nonblock    bool    // still in the mode that it was opened in: see reveal; set with the lock held
	Lingers     bool    // may have SO_LINGER, so that close(2) may block
	beside      beside  // of a TCP connection on a ring
	direct      *direct // of a TCP connection on a poller; else nil
	names       names
	with        *Loop // the first loop that has had a call; set with the lock held
}

// A Kind is what is known of the file behind a descriptor. The close(2) of a Disk does not wait for
// another program, and is cheaper than asking the proactor: see sysfile.Traits.
type Kind = hook.Kind

const (
	Unknown = hook.Unknown
	Socket  = hook.Socket
	Pipe    = hook.Pipe
	Disk    = hook.Disk
)

// System is the system that d's number belongs to.
func (d *Descriptor) System() system.System { return d.Loop.Loops.System }

// IsTCP declares that d is a TCP connection, and that nothing else gets its number before Close. So
// callers may transfer themselves: see direct and beside.
func (d *Descriptor) IsTCP() {
	switch s := d.Loop.Loops; {
	case s.Simulated:
	case s.WaitsInKernel():
		if !s.Off.Has(ablate.Beside) {
			d.beside.word.Store(besideMay)
		}
	case !s.Off.Has(ablate.Edges):
		d.direct = &direct{conn: new(edge.Conn)}
	}
}

// edge returns what a backend watches d by, or nil if it does not.
func (d *Descriptor) edge() *edge.Conn {
	if d.direct == nil {
		return nil
	}
	return d.direct.conn
}

// A side is one direction of a descriptor.
type side struct {
	calls    list.List[Waiter] // under way
	deadline time.Time
	timed    atomic.Bool // there is a deadline
	queue    *queue      // of calls that wait for other calls; nil before the first one
}

type Direction uint8

const (
	Reading Direction = iota // and accepting
	Writing                  // and connecting
	Untimed                  // calls that no deadline ends, such as Sync and Stat
	Sides
)

// Op is the operation of a direction, as errors and lists name it.
func (dir Direction) Op() string {
	return [Sides]string{Reading: "read", Writing: "write", Untimed: "call"}[dir]
}

// ErrNoDescriptor is the error of a call on a zero value that should have a descriptor.
var ErrNoDescriptor = errors.New("no descriptor")

// ErrDescriptorClosed is the error of a call on a descriptor that was closed. Its owner replaces it by
// an error of its own.
var ErrDescriptorClosed = errors.New("descriptor closed")

// Call makes one blocking call on d. Its error is the bare cause.
func (d *Descriptor) Call(ctx context.Context, dir Direction, submit func(w *Waiter) error) (int, error) {
	w, err := d.start(ctx, dir, -1, submit)
	if err != nil {
		return 0, err
	}
	return d.Finish(w, dir, w.Wait(ctx))
}

// Start submits one of several calls that a goroutine begins before it waits for one. Finish must be
// called with its result.
func (d *Descriptor) Start(ctx context.Context, dir Direction, submit func(w *Waiter) error) (*Waiter, error) {
	if d == nil {
		return nil, ErrNoDescriptor
	}
	return d.Loop.Loops.submit(ctx, &Route{D: d, dir: dir, among: dir, loop: d.Loop}, submit)
}

// start submits a call at an offset, or at none if off is negative. It is not inlined, so that its
// frame is gone while the call waits: a goroutine should need no more than the stack of 2 KiB that it
// began with.
//
//go:noinline
func (d *Descriptor) start(ctx context.Context, dir Direction, off int64, submit func(w *Waiter) error) (*Waiter, error) {
	if d == nil {
		return nil, ErrNoDescriptor
	}
	at := d.route(dir, off)
	return d.Loop.Loops.submit(ctx, &at, submit)
}

// Finish returns the record of a call to the free list, and the call's outcome. The callback may have
// called Leave already, so that a close need not wait until the caller asks for the result.
func (d *Descriptor) Finish(w *Waiter, dir Direction, r proactor.Result) (int, error) {
	if w.underWay {
		d.Leave(w, dir)
	}
	closing := w.closing
	d.Loop.Loops.giveBack(w)
	if r.Err == nil {
		return r.N, nil
	}
	err := CauseOf(r.Err)
	if closing && err == proactor.ErrCanceled {
		err = ErrDescriptorClosed // cancelAll asked
	}
	return r.N, err
}

// CallAll makes n calls at once and waits for all of them. Their errors are the bare causes. If one
// cannot be started, it and the calls after it fail.
func (d *Descriptor) CallAll(ctx context.Context, dir Direction, n int, submit func(i int, w *Waiter) error) []proactor.Result {
	results := make([]proactor.Result, n)
	waiters := make([]*Waiter, 0, n)
	started := false
	defer func() {
		if !started { // the context panics
			d.endAll(dir, waiters)
		}
	}()
	var err error
	for i := 0; i < n && err == nil; i++ {
		var w *Waiter
		w, err = d.Start(ctx, dir, func(w *Waiter) error { return submit(i, w) })
		if err == nil {
			waiters = append(waiters, w)
		}
	}
	started = true
	for i := range results {
		if i < len(waiters) {
			w := waiters[i]
			results[i].N, results[i].Err = d.Finish(w, dir, w.Wait(ctx))
		} else {
			results[i].Err = err
		}
	}
	return results
}

// endAll stops calls, and waits for them: the kernel has their callers' memory.
func (d *Descriptor) endAll(dir Direction, calls []*Waiter) {
	for _, w := range calls {
		w.Proactor.RequestCancel(&w.C)
	}
	for _, w := range calls {
		_, _ = d.Finish(w, dir, w.Wait(context.Background()))
	}
}

// A joinError refuses a call that must be made by the loop of the calls under way.
type joinError struct{ loop *Loop }

func (*joinError) Error() string { return "calls under way are another loop's" }

// submit starts the call of w, unless d is closed or the deadline has passed.
func (d *Descriptor) submit(w *Waiter, dir Direction, submit func(w *Waiter) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return err
	}
	d.reveal()
	s := &d.side[dir]
	if first := s.calls.First; d.Kind == Socket && first != nil {
		if e := first.Value.Engine; e != w.Engine && !e.finished.Load() {
			return &joinError{e.loop}
		}
	}
	switch d.with {
	case w.Engine.loop:
	case nil:
		d.with = w.Engine.loop
	default:
		d.withSeveral = true
	}
	hook.SetOwned(&w.C, d.Kind, d.edge())
	if !s.deadline.IsZero() {
		w.C.SetDeadline(s.deadline)
	}
	w.on = d
	w.underWay = true // before the call can end
	if err := submit(w); err != nil {
		w.underWay = false
		w.C.SetDeadline(time.Time{})
		return err
	}
	s.calls.PushBack(&w.node, w)
	d.noteObstacles(dir)
	return nil
}

// usable is why no call can be made on d in a direction, or nil. The lock is held.
func (d *Descriptor) usable(dir Direction) error {
	if d.Closed() {
		return ErrDescriptorClosed
	}
	if t := d.side[dir].deadline; !t.IsZero() && !time.Now().Before(t) {
		return ErrDeadlinePassed
	}
	return nil
}

// refusing is added to Descriptor.users by a close. There cannot be that many users.
const refusing = 1 << 40

// Closed reports whether a close has begun. It does not change while the lock is held.
func (d *Descriptor) Closed() bool { return d.users.Load() >= refusing }

// reveal clears the non-blocking mode that a file of a disk was opened in, before anything can see it.
// io_uring may return EAGAIN in that mode, or make the call within its submission; read(2), write(2)
// and stat(2) ignore the mode. The lock is held.
func (d *Descriptor) reveal() {
	if d.Nonblock {
		_ = d.Loop.Loops.System.SetNonblock(d.FD, false) // it cannot fail on an open file
		d.Nonblock = false
	}
}

// Reveal is called before the user gets the number.
func (d *Descriptor) Reveal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.Closed() {
		d.reveal()
	}
}

// Check is usable for calls that are not submitted to a proactor.
func (d *Descriptor) Check(dir Direction) error {
	if d == nil {
		return ErrNoDescriptor
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.usable(dir)
}

// Refused is Check for calls without a deadline.
func (d *Descriptor) Refused() error {
	if d == nil {
		return ErrNoDescriptor
	}
	if d.Closed() {
		return ErrDescriptorClosed
	}
	return nil
}

// Leave removes w from the calls under way, and reports whether d is being closed.
func (d *Descriptor) Leave(w *Waiter, dir Direction) (closing bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	w.underWay = false
	d.side[dir].calls.Remove(&w.node)
	d.noteObstacles(dir)
	if w.left {
		w.left = false
		d.leftCalls--
	}
	if w.held {
		w.held = false
		d.Loop.Loops.held.Add(-1)
	}
	d.signalClose()
	w.closing = d.Closed()
	return w.closing
}

// SetDeadline moves the deadline of a direction, for the calls under way and for later ones. The zero
// Time is no deadline.
func (d *Descriptor) SetDeadline(dir Direction, t time.Time) error {
	if d == nil {
		return ErrNoDescriptor
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.Closed() {
		return ErrDescriptorClosed
	}
	d.side[dir].deadline = t
	d.side[dir].timed.Store(!t.IsZero())
	d.noteObstacles(dir)
	d.timeQueue(dir)
	for n := d.side[dir].calls.First; n != nil; n = n.Next {
		w := n.Value
		w.Proactor.SetDeadline(&w.C, t)
	}
	d.wakeRoomWaiters()
	if dir == Reading && d.direct != nil {
		d.direct.conn.Wake()
	}
	return nil
}

// SetDeadlines is SetDeadline for both directions at once.
func (d *Descriptor) SetDeadlines(t time.Time) error {
	if err := d.SetDeadline(Reading, t); err != nil {
		return err
	}
	return d.SetDeadline(Writing, t)
}

// deadline is the deadline of dir, or zero.
func (d *Descriptor) deadline(dir Direction) time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.side[dir].deadline
}

// ErrDeadlinePassed is the error of a call at its deadline, as in packages net and os.
var ErrDeadlinePassed = os.ErrDeadlineExceeded

// CauseOf returns the cause of a proactor's error, for callers that add words of their own.
func CauseOf(err error) error {
	failed, ok := err.(*proactor.OpError)
	if ok || errors.As(err, &failed) {
		err = failed.Err
	}
	switch err.(type) {
	case *LeftError, *StuckError, syscall.Errno: // Errno is the usual case, and errors.Is below needs much stack
		return err
	case *CanceledError:
	default:
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return ErrDeadlinePassed
		}
	}
	if err != proactor.ErrClosed && errors.Is(err, net.ErrClosed) {
		return ErrDescriptorClosed
	}
	return err
}

// Pause waits between two attempts of a call. The end of ctx and a close of d end the pause. The
// deadline does not, since a timer of the proactor takes none: the next attempt finds that it has
// passed.
func (d *Descriptor) Pause(ctx context.Context, dir Direction, t time.Duration) error {
	w, err := d.Loop.Loops.submit(ctx, &Route{D: d, dir: dir, among: Untimed, loop: d.Loop}, func(w *Waiter) error {
		if err := d.usable(dir); err != nil {
			return err
		}
		return w.Proactor.Timeout(&w.C, t, Deliver)
	})
	if err != nil {
		return CauseOf(err)
	}
	_, err = d.Finish(w, Untimed, w.Wait(ctx))
	return err
}
