package await

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/proactor"
)

// A descriptor is an open socket or file: its number, the calls under way on it,
// and their deadlines. Calls are submitted under its lock, so that none can come
// after a close, which would meet whoever got the number next, and none can miss
// a deadline that moves.
type descriptor struct {
	loop *ioLoop
	fd   int

	mu      sync.Mutex
	side    [sides]side
	inLine  map[*lookout]struct{} // calls that wait for room
	users   atomic.Int64          // who have the number outside the proactor; and refusing, once it is being closed
	free    chan struct{}         // where close waits until they are gone
	onDisk  bool                  // see sysfile.Traits: its close(2) waits for nobody, and is cheaper than asking the proactor
	stream  bool                  // a socket or a pipe
	lent    bool                  // a proactor had it; set with the lock held
	lingers bool                  // whether close(2) blocks is to be asked for: SO_LINGER
}

// A side is one direction of a descriptor.
type side struct {
	first    *waiter // of the calls under way
	deadline time.Time
	queue    queue
}

type direction uint8

const (
	reading direction = iota // and accepting
	writing                  // and connecting
	untimed                  // what no deadline ends, as Sync and Stat
	sides
)

// errNoDescriptor is a call on the zero value of what should have a descriptor.
var errNoDescriptor = errors.New("no descriptor")

// errDescriptorClosed is the end of a call on a descriptor that was closed, in
// whatever words its owner has for that.
var errDescriptorClosed = errors.New("descriptor closed")

// call is one blocking call on d. Its error is the bare cause.
func (d *descriptor) call(ctx context.Context, dir direction, submit func(w *waiter) error) (int, error) {
	return d.callIn(ctx, place{d: d, dir: dir}, submit)
}

func (d *descriptor) callIn(ctx context.Context, at place, submit func(w *waiter) error) (int, error) {
	w, err := d.startIn(ctx, at, submit)
	if err != nil {
		return 0, err
	}
	return d.finish(w, at.dir, w.wait(ctx))
}

// callAt is call at an offset of a file, or at its position where off is negative. Where
// many are made at offsets of a file on a disk they are any loop's, else all that is
// done with one file would be done by one processor. What does not come from a disk may
// hang, and its loop with it: that is to be one at most. Where workers make the calls,
// more loops would only be more threads.
func (d *descriptor) callAt(ctx context.Context, dir direction, off int64, submit func(w *waiter) error) (int, error) {
	at := place{d: d, dir: dir}
	if off >= 0 && d.onDisk && d.loop.crowded() && d.loop.set.waitsInKernel() {
		at.stays = staysMaxOnFile
	}
	return d.callIn(ctx, at, submit)
}

// start submits a call; finish is to be called with its result.
func (d *descriptor) start(ctx context.Context, dir direction, submit func(w *waiter) error) (*waiter, error) {
	return d.startIn(ctx, place{d: d, dir: dir}, submit)
}

func (d *descriptor) startIn(ctx context.Context, at place, submit func(w *waiter) error) (*waiter, error) {
	if d == nil {
		return nil, errNoDescriptor
	}
	w, err := d.loop.submit(ctx, at, func(w *waiter) error { return d.submit(w, at.dir, submit) })
	if _, told := err.(*proactor.OpError); told {
		err = causeOf(err)
	}
	return w, err
}

// finish gives the record of a call back, and tells how it ended.
func (d *descriptor) finish(w *waiter, dir direction, r proactor.Result) (int, error) {
	return d.finishLeft(w, d.leave(w, dir), r)
}

// finishLeft is finish for a call that its callback has taken off those under way:
// then a close need not wait until somebody asks for the result.
func (d *descriptor) finishLeft(w *waiter, gone bool, r proactor.Result) (int, error) {
	d.loop.set.giveBack(w)
	if r.Err == nil {
		return r.N, nil
	}
	err := causeOf(r.Err)
	if gone && err == proactor.ErrCanceled {
		err = errDescriptorClosed // evict asked
	}
	return r.N, err
}

// callAll makes n calls at once and waits for all of them; their errors are the
// bare causes. One that cannot be started fails, as do those behind it.
func (d *descriptor) callAll(ctx context.Context, dir direction, n int, submit func(i int, w *waiter) error) []proactor.Result {
	results := make([]proactor.Result, n)
	waiters := make([]*waiter, 0, n)
	var err error
	for i := 0; i < n && err == nil; i++ {
		var w *waiter
		w, err = d.start(ctx, dir, func(w *waiter) error { return submit(i, w) })
		if err == nil {
			waiters = append(waiters, w)
		}
	}
	for i := range results {
		if i < len(waiters) {
			w := waiters[i]
			results[i].N, results[i].Err = d.finish(w, dir, w.wait(ctx))
		} else {
			results[i].Err = err
		}
	}
	return results
}

// submit starts the call of w, unless d is closed or its time is up.
func (d *descriptor) submit(w *waiter, dir direction, submit func(w *waiter) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return err
	}
	s := &d.side[dir]
	d.lent = true
	if d.stream {
		hook.SetStream(&w.c)
	}
	w.c.SetDeadline(s.deadline)
	if err := submit(w); err != nil {
		return err
	}
	w.next, w.prev = s.first, nil
	if s.first != nil {
		s.first.prev = w
	}
	s.first = w
	return nil
}

// usable is why no call can be made on d in a direction, if so. The lock is held.
func (d *descriptor) usable(dir direction) error {
	if d.closed() {
		return errDescriptorClosed
	}
	if t := d.side[dir].deadline; !t.IsZero() && !time.Now().Before(t) {
		return errDeadlinePassed
	}
	return nil
}

// check is usable for calls that do not reach the proactor.
func (d *descriptor) check(dir direction) error {
	if d == nil {
		return errNoDescriptor
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.usable(dir)
}

// refused is check for calls that no deadline holds up.
func (d *descriptor) refused() error {
	if d == nil {
		return errNoDescriptor
	}
	if d.closed() {
		return errDescriptorClosed
	}
	return nil
}

// leave takes w off the calls under way, and reports whether d is being closed.
func (d *descriptor) leave(w *waiter, dir direction) (gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.prev == nil {
		d.side[dir].first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	}
	w.next, w.prev = nil, nil
	d.tellIfFree()
	return d.closed()
}

// setDeadline moves the deadline of a direction: of the calls under way, and of
// those to come. The zero Time is none.
func (d *descriptor) setDeadline(dir direction, t time.Time) error {
	if d == nil {
		return errNoDescriptor
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed() {
		return errDescriptorClosed
	}
	d.side[dir].deadline = t
	d.timeQueue(dir)
	for w := d.side[dir].first; w != nil; w = w.next {
		w.p.SetDeadline(&w.c, t)
	}
	d.stir()
	return nil
}

// setDeadlines is setDeadline for both directions at once.
func (d *descriptor) setDeadlines(t time.Time) error {
	if err := d.setDeadline(reading, t); err != nil {
		return err
	}
	return d.setDeadline(writing, t)
}

// errDeadlinePassed is the end of a call at its deadline, as in packages net and os.
var errDeadlinePassed = os.ErrDeadlineExceeded

// causeOf takes the proactor's words off an error, for those who have their own.
func causeOf(err error) error {
	var failed *proactor.OpError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if _, ended := err.(*canceledError); !ended && errors.Is(err, os.ErrDeadlineExceeded) {
		return errDeadlinePassed
	}
	if err != proactor.ErrClosed && errors.Is(err, net.ErrClosed) {
		return errDescriptorClosed
	}
	return err
}

// pause waits for a moment between two attempts of a call. What ends the call ends the
// pause, but for its deadline, which the next attempt finds: an operation that is a
// timer takes none.
func (d *descriptor) pause(ctx context.Context, dir direction, t time.Duration) error {
	w, err := d.loop.submit(ctx, place{d: d, dir: dir}, func(w *waiter) error {
		if err := d.check(dir); err != nil {
			return err
		}
		return d.submit(w, untimed, func(w *waiter) error { return w.p.Timeout(&w.c, t, deliver) })
	})
	if err != nil {
		return causeOf(err)
	}
	_, err = d.finish(w, untimed, w.wait(ctx))
	return err
}
