package await

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A descriptor is an open socket or file: its number, the calls under way on it,
// and their deadlines. Calls are submitted under its lock, so that none can come
// after a close, which would meet whoever got the number next, and none can miss
// a deadline that moves.
type descriptor struct {
	io *IO
	fd int

	mu      sync.Mutex
	side    [sides]side
	users   int           // who have the number outside the proactor
	gone    chan struct{} // where close waits for the last of them
	closing bool
}

// A side is one direction of a descriptor.
type side struct {
	first    *waiter // of the calls under way
	deadline time.Time
}

type direction uint8

const (
	reading direction = iota // and accepting
	writing                  // and connecting
	sides
)

// errDescriptorClosed is the end of a call on a descriptor that was closed, in
// whatever words its owner has for that.
var errDescriptorClosed = errors.New("descriptor closed")

// call is one blocking call on d. Its error is the bare cause.
func (d *descriptor) call(ctx context.Context, dir direction, submit func(w *waiter) error) (int, error) {
	for {
		e, w, err := d.io.waiter(ctx)
		if err != nil {
			return 0, err
		}
		err = d.submit(w, dir, submit)
		if err == nil {
			r := w.wait(ctx)
			d.leave(w, dir)
			e.waiters.put(w)
			return r.N, causeOf(r.Err)
		}
		e.waiters.put(w)
		if err == errDescriptorClosed || err == errDeadlinePassed {
			return 0, err
		}
		if err = e.retry(ctx, err); err != nil {
			return 0, causeOf(err)
		}
	}
}

// submit starts the call of w, unless d is closed or its time is up.
func (d *descriptor) submit(w *waiter, dir direction, submit func(w *waiter) error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return err
	}
	s := &d.side[dir]
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
	if d.closing {
		return errDescriptorClosed
	}
	if t := d.side[dir].deadline; !t.IsZero() && !time.Now().Before(t) {
		return errDeadlinePassed
	}
	return nil
}

// check is usable for calls that do not reach the proactor.
func (d *descriptor) check(dir direction) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.usable(dir)
}

// leave takes w off the calls under way.
func (d *descriptor) leave(w *waiter, dir direction) {
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
}

// setDeadline moves the deadline of a direction: of the calls under way, and of
// those to come. The zero Time is none.
func (d *descriptor) setDeadline(dir direction, t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closing {
		return errDescriptorClosed
	}
	d.side[dir].deadline = t
	for w := d.side[dir].first; w != nil; w = w.next {
		w.p.SetDeadline(&w.c, t)
	}
	return nil
}

// setDeadlines is setDeadline for both directions at once.
func (d *descriptor) setDeadlines(t time.Time) error {
	if err := d.setDeadline(reading, t); err != nil {
		return err
	}
	return d.setDeadline(writing, t)
}

// use runs f with the number, which cannot be closed meanwhile. f must not block.
func (d *descriptor) use(f func(fd int) error) error {
	d.mu.Lock()
	if d.closing {
		d.mu.Unlock()
		return errDescriptorClosed
	}
	d.users++
	d.mu.Unlock()
	defer d.release()
	return f(d.fd)
}

func (d *descriptor) release() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.users--; d.users == 0 && d.gone != nil {
		close(d.gone)
	}
}

// beginClose refuses calls from now on, and waits until nobody has the number
// outside the proactor. It fails if d is closed already.
func (d *descriptor) beginClose() error {
	d.mu.Lock()
	if d.closing {
		d.mu.Unlock()
		return errDescriptorClosed
	}
	d.closing = true
	if d.users > 0 {
		d.gone = make(chan struct{})
	}
	gone := d.gone
	d.mu.Unlock()
	if gone != nil {
		<-gone
	}
	return nil
}

// close ends the calls under way with errDescriptorClosed, waits for them, and
// closes the descriptor. No call is submitted any more, so the close comes last.
func (d *descriptor) close() error {
	if err := d.beginClose(); err != nil {
		return err
	}
	return d.io.closeFD(d.fd)
}

// closeFD closes a descriptor also where io is closed already.
func (io *IO) closeFD(fd int) error {
	err := io.CloseFD(context.Background(), fd)
	if errors.Is(err, net.ErrClosed) {
		return closeNow(fd)
	}
	return causeOf(err)
}

// errDeadlinePassed is the end of a call whose deadline had passed before.
var errDeadlinePassed error = &canceledError{os.ErrDeadlineExceeded}

// causeOf takes the proactor's words off an error, for those who have their own.
func causeOf(err error) error {
	var failed *proactor.OpError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if err != proactor.ErrClosed && errors.Is(err, net.ErrClosed) {
		return errDescriptorClosed
	}
	return err
}
