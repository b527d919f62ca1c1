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

// A Descriptor is an open socket or file: its number, the calls under way on it,
// and their deadlines. Calls are submitted under its lock, so that none can come
// after a close, when the number may be another file's, and none can miss a deadline
// that moves.
type Descriptor struct {
	Loop *Loop
	FD   int

	mu          sync.Mutex
	side        [Sides]side
	roomWaiters map[*roomWaiter]struct{} // calls that wait for room
	users       atomic.Int64             // uses of the number outside the proactor; and refusing, once it is being closed
	free        chan struct{}            // where close waits until they are gone
	onlyLeft    chan struct{}            // where close waits until all of them are left to the kernel
	leftCalls   int                      // calls under way that their callers have left
	leftUsers   int64                    // users that have
	dev         atomic.Pointer[device]   // see device
	Device      uint64                   // of the file system
	Lane        *mounts.Lane             // of a mount that may hang; or nil
	Lending     Lending                  // of a file
	Stored      bool                     // a regular file, a directory or a block device: the kernel stops no call on it
	Appends     bool                     // O_APPEND
	Buffered    bool                     // a regular file, and not past the page cache
	Cached      cacheEstimate            // of reads
	Kind        Kind
	withSeveral bool    // loops beside with had calls, too
	Nonblock    bool    // in non-blocking mode, which nobody is to see: see Reveal; set with the lock held
	Lingers     bool    // whether close(2) blocks is to be asked for: SO_LINGER
	direct      *direct // of a TCP connection; else nil
	names       names
	with        *Loop // a loop that had calls; set with the lock held
}

// A Kind is what is known of a descriptor. The close(2) of a Disk does not wait for another
// program, and is cheaper than asking the proactor: see sysfile.Traits.
type Kind = hook.Kind

const (
	Unknown = hook.Unknown
	Socket  = hook.Socket
	Pipe    = hook.Pipe
	Disk    = hook.Disk
)

// System is what d's number is of.
func (d *Descriptor) System() system.System { return d.Loop.Loops.System }

// IsTCP says that d is a TCP connection, and nothing else will have its number before
// Close. Only a poller makes use of that.
func (d *Descriptor) IsTCP() {
	if s := d.Loop.Loops; !s.WaitsInKernel() && !s.Off.Has(ablate.Edges) {
		d.direct = &direct{conn: new(edge.Conn)}
	}
}

// edge is what a backend knows d by, to watch it.
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
	queue    *queue      // of calls that wait for others; nil before the first one
}

type Direction uint8

const (
	Reading Direction = iota // and accepting
	Writing                  // and connecting
	Untimed                  // what no deadline ends, as Sync and Stat
	Sides
)

// Op is the operation of a direction, as errors and lists name it.
func (dir Direction) Op() string {
	return [Sides]string{Reading: "read", Writing: "write", Untimed: "call"}[dir]
}

// ErrNoDescriptor is a call on the zero value of what should have a descriptor.
var ErrNoDescriptor = errors.New("no descriptor")

// ErrDescriptorClosed is the end of a call on a descriptor that was closed, in
// whatever words its owner has for that.
var ErrDescriptorClosed = errors.New("descriptor closed")

// Call is one blocking call on d. Its error is the bare cause.
func (d *Descriptor) Call(ctx context.Context, dir Direction, submit func(w *Waiter) error) (int, error) {
	w, err := d.start(ctx, dir, -1, submit)
	if err != nil {
		return 0, err
	}
	return d.Finish(w, dir, w.Wait(ctx))
}

// Start submits one call of several that a goroutine begins before it waits for one; Finish
// is to be called with its result.
func (d *Descriptor) Start(ctx context.Context, dir Direction, submit func(w *Waiter) error) (*Waiter, error) {
	if d == nil {
		return nil, ErrNoDescriptor
	}
	return d.Loop.Loops.submit(ctx, &Route{D: d, dir: dir, among: dir, loop: d.Loop}, submit)
}

// start submits a call at an offset, or at none if that is negative. It is not inlined, so that its
// frame is gone when the call waits: a goroutine is to do with the stack that it began with, of
// 2 KiB.
//
//go:noinline
func (d *Descriptor) start(ctx context.Context, dir Direction, off int64, submit func(w *Waiter) error) (*Waiter, error) {
	if d == nil {
		return nil, ErrNoDescriptor
	}
	at := d.route(dir, off)
	return d.Loop.Loops.submit(ctx, &at, submit)
}

// Finish gives the record of a call back, and tells how it ended. Its callback may have
// taken it off the calls under way: then a close need not wait until the caller asks for
// the result.
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

// CallAll makes n calls at once and waits for all of them; their errors are the
// bare causes. One that cannot be started fails, as do those behind it.
func (d *Descriptor) CallAll(ctx context.Context, dir Direction, n int, submit func(i int, w *Waiter) error) []proactor.Result {
	results := make([]proactor.Result, n)
	waiters := make([]*Waiter, 0, n)
	var err error
	for i := 0; i < n && err == nil; i++ {
		var w *Waiter
		w, err = d.Start(ctx, dir, func(w *Waiter) error { return submit(i, w) })
		if err == nil {
			waiters = append(waiters, w)
		}
	}
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

// A joinError refuses a call that the loop of the calls under way is to make.
type joinError struct{ loop *Loop }

func (*joinError) Error() string { return "calls under way are another loop's" }

// submit starts the call of w, unless d is closed or its time is up.
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
	w.underWay = true // before others can see that it has ended
	if err := submit(w); err != nil {
		w.underWay = false
		w.C.SetDeadline(time.Time{})
		return err
	}
	s.calls.PushBack(&w.node, w)
	d.noteObstacles(dir)
	return nil
}

// usable is why no call can be made on d in a direction, if so. The lock is held.
func (d *Descriptor) usable(dir Direction) error {
	if d.Closed() {
		return ErrDescriptorClosed
	}
	if t := d.side[dir].deadline; !t.IsZero() && !time.Now().Before(t) {
		return ErrDeadlinePassed
	}
	return nil
}

// refusing is more than there can be users.
const refusing = 1 << 40

// Closed reports whether close was called. It stays as it is while the lock is held.
func (d *Descriptor) Closed() bool { return d.users.Load() >= refusing }

// reveal takes back the mode that a file of a disk was opened in. io_uring heeds it, or makes
// the call within its submission for it; read(2), write(2) and stat(2) do not. The lock is held.
func (d *Descriptor) reveal() {
	if d.Nonblock {
		_ = d.Loop.Loops.System.SetNonblock(d.FD, false) // it cannot fail on an open file
		d.Nonblock = false
	}
}

// Reveal is called before the number is others' to use.
func (d *Descriptor) Reveal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.Closed() {
		d.reveal()
	}
}

// Check is usable for calls that do not reach the proactor.
func (d *Descriptor) Check(dir Direction) error {
	if d == nil {
		return ErrNoDescriptor
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.usable(dir)
}

// Refused is Check for calls that no deadline holds up.
func (d *Descriptor) Refused() error {
	if d == nil {
		return ErrNoDescriptor
	}
	if d.Closed() {
		return ErrDescriptorClosed
	}
	return nil
}

// Leave takes w off the calls under way, and reports whether d is being closed.
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

// SetDeadline moves the deadline of a direction: of the calls under way, and of
// those to come. The zero Time is none.
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

// ErrDeadlinePassed is the end of a call at its deadline, as in packages net and os.
var ErrDeadlinePassed = os.ErrDeadlineExceeded

// CauseOf takes the proactor's words off an error, for callers that have words of their own.
func CauseOf(err error) error {
	failed, ok := err.(*proactor.OpError)
	if ok || errors.As(err, &failed) {
		err = failed.Err
	}
	switch err.(type) {
	case *LeftError, *StuckError, syscall.Errno: // the last is the usual one, and what follows takes much of the stack
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

// Pause waits for a moment between two attempts of a call. What ends the call ends the
// pause, but for its deadline, which the next attempt finds: an operation that is a
// timer takes none.
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
