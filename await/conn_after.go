package await

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// AfterReadable arranges to call f in its own goroutine when a Read would not have to
// wait: when there is data, the end of the stream or an error, which Read then tells.
// Until then nobody waits: a connection that is idle takes neither a goroutine nor a
// buffer. f is called once; to go on, it calls AfterReadable again.
//
// If the read deadline passes, or the connection or its IO is closed, f is called with
// the error that Read would return, otherwise with nil. Close does not wait for f. A
// call of stop that returns true, before f was called, has it not be called at all.
// Other goroutines may read meanwhile; what they have taken f does not find.
//
// Only the arrangement itself may block: while the proactor has as many operations
// in line as Config.MaxQueued allows. Until f is called c is not collected. f's
// goroutine belongs to no testing/synctest bubble. A nil f is a panic.
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
