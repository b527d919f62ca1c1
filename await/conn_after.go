package await

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// AfterReadable arranges for f to be called, in a goroutine of its own, when a Read would not
// have to wait: when there is data, the end of the stream, or an error, which Read then returns.
// Until then no goroutine waits, so an idle connection needs neither a goroutine nor a buffer. f
// is called once. To be called again, call AfterReadable again.
//
// If the read deadline passes, or the connection or its IO is closed, f is called with the error
// that Read would return, and otherwise with nil. Close does not wait for f. If stop returns
// true, f will not be called. If another goroutine reads first, f will not see that data.
//
// AfterReadable blocks only while the proactor has as many queued operations as Config.MaxQueued
// allows. c is not garbage-collected until f is called. f's goroutine belongs to no
// testing/synctest bubble. AfterReadable panics if f is nil.
//
// IORING_OP_POLL_ADD, poll(2).
func (c *Conn) AfterReadable(f func(error)) (stop func() bool) {
	if f == nil {
		panic("await: AfterReadable of a nil function")
	}
	a := &afterReadable{conn: c, f: f}
	var p *proactor.Proactor
	_, err := c.d.Start(context.Background(), fdcall.Reading, func(w *fdcall.Waiter) error {
		a.mu.Lock()
		defer a.mu.Unlock()
		p, a.w, w.Owner = w.Proactor, w, a
		err := p.Poll(&w.C, c.d.FD, socket.PollIn, deliverAfter)
		if err != nil {
			a.w, w.Owner = nil, nil
		}
		return err
	})
	if err != nil {
		go a.call(err)
	} else {
		p.Flush()
	}
	return a.stop
}

// An afterReadable is one arrangement.
type afterReadable struct {
	conn *Conn
	f    func(error)
	done atomic.Bool // f is called, or will not be

	mu sync.Mutex
	w  *fdcall.Waiter // under way
}

// deliverAfter is the callback of an operation for which nobody waits.
func deliverAfter(c *proactor.Completion, r proactor.Result) {
	w := c.Data.(*fdcall.Waiter)
	a := w.Owner.(*afterReadable)
	w.Owner = nil
	go a.ended(w, r)
}

func (a *afterReadable) ended(w *fdcall.Waiter, r proactor.Result) {
	a.mu.Lock()
	a.w = nil // it serves others now, whom stop must not meet
	a.mu.Unlock()
	_, err := a.conn.d.Finish(w, fdcall.Reading, r)
	a.call(err)
}

func (a *afterReadable) call(err error) {
	if a.done.CompareAndSwap(false, true) {
		a.f(a.conn.failed("read", err))
	}
}

func (a *afterReadable) stop() bool {
	if !a.done.CompareAndSwap(false, true) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.w != nil {
		a.w.Proactor.RequestCancel(&a.w.C)
	}
	return true
}
