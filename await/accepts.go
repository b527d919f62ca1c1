package await

import (
	"context"
	"errors"
	"iter"
	"net"
	"syscall"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/proactor"
)

// acceptsAhead is how many connections are taken ahead of the loop's body.
const acceptsAhead = 16

// Connections returns an iterator over the connections that arrive:
//
//	for conn, err := range listener.Connections(ctx) {
//
// It keeps several accepts under way, so that a burst costs few system calls. It accepts no more
// than those ahead of the loop's body; other connections wait in the kernel's backlog. An error
// is one of Accept's, and the loop may continue after it, for example after a pause on EMFILE.
// When ctx ends or the listener is closed, the connections accepted so far come first, and an
// error that says why comes last. If the body breaks out of the loop, connections accepted ahead
// are closed.
//
// The body may close the listener, and Close does not wait for the body. Several loops share the
// connections.
func (l *Listener) Connections(ctx context.Context) iter.Seq2[*Conn, error] {
	return func(yield func(*Conn, error) bool) {
		if ctx == nil {
			yield(nil, l.notAccepted(fdcall.ErrNilContext))
			return
		}
		a := newAccepts(l)
		defer a.discard()
		for {
			c, err := a.next(ctx)
			ended := errors.Is(err, net.ErrClosed) || err != nil && ctx.Err() != nil
			if !yield(c, err) || ended {
				return
			}
		}
	}
}

// accepts are the accepts under way for one loop.
type accepts struct {
	l       *Listener
	waiters map[*fdcall.Waiter]*proactor.Peer // under way, or their results not taken
	peers   []*proactor.Peer                  // not in use
	results chan arrival                      // has room for all of them
	arrive  proactor.Callback                 // takes the accept off the listener's calls: Close does not wait for the body
	failure error                             // why no more are started: the next error of the loop
}

type arrival struct {
	w *fdcall.Waiter
	r proactor.Result
}

func newAccepts(l *Listener) *accepts {
	a := &accepts{
		l:       l,
		waiters: make(map[*fdcall.Waiter]*proactor.Peer, acceptsAhead),
		results: make(chan arrival, acceptsAhead),
	}
	a.arrive = func(c *proactor.Completion, r proactor.Result) {
		w := c.Data.(*fdcall.Waiter)
		l.d.Leave(w, fdcall.Reading)
		a.results <- arrival{w, r}
	}
	return a
}

// next is the next connection, or the next error when no connection is left that
// was taken before it.
func (a *accepts) next(ctx context.Context) (*Conn, error) {
	for {
		a.fill(ctx)
		a.flush()
		if len(a.waiters) == 0 {
			err := a.l.notAccepted(a.failure)
			a.failure = nil
			return nil, err
		}
		ended := ctx.Done()
		if a.failure != nil {
			ended = nil // asked to stop already
		}
		select {
		case got := <-a.results:
			fd, from, err := a.get(got)
			if err == nil {
				return a.l.accepted(fd, from), nil
			}
			if err != syscall.ECONNABORTED {
				a.stop(err)
			}
		case <-ended:
			a.stop(fdcall.EndOf(ctx))
		}
	}
}

// fill starts accepts up to the limit. Where an accept may have to wait for room
// there is one: a second would keep the loop from the first's connection.
func (a *accepts) fill(ctx context.Context) {
	limit, set := acceptsAhead, a.l.d.Loop.Loops
	if set.Config.MaxQueued > 0 || set.Off.Has(ablate.AcceptsAhead) {
		limit = 1
	}
	for a.failure == nil && len(a.waiters) < limit {
		from := a.peer()
		w, err := a.l.d.Start(ctx, fdcall.Reading, func(w *fdcall.Waiter) error {
			return w.Proactor.AcceptFrom(&w.C, a.l.d.FD, socket.AcceptNonblock, from, a.arrive)
		})
		if err != nil {
			a.stop(err)
			return
		}
		a.waiters[w] = from
	}
}

// flush has the accepts that fill started begin. Accepts of a proactor that has
// ended meanwhile are over.
func (a *accepts) flush() {
	for w := range a.waiters {
		w.Proactor.Flush()
		return
	}
}

// get removes one result. Its peer is good until the next accept starts.
func (a *accepts) get(got arrival) (int, *proactor.Peer, error) {
	from := a.waiters[got.w]
	delete(a.waiters, got.w)
	a.peers = append(a.peers, from)
	fd, err := a.l.d.Finish(got.w, fdcall.Reading, got.r)
	return fd, from, err
}

// peer is room for the address of a peer.
func (a *accepts) peer() *proactor.Peer {
	if n := len(a.peers); n > 0 {
		from := a.peers[n-1]
		a.peers = a.peers[:n-1]
		return from
	}
	return new(proactor.Peer)
}

// stop asks all accepts to end because of err. The first cause counts.
func (a *accepts) stop(err error) {
	if a.failure != nil {
		return
	}
	a.failure = err
	for w := range a.waiters {
		w.Proactor.RequestCancel(&w.C)
	}
}

// discard ends what is under way, and closes the connections nobody takes.
func (a *accepts) discard() {
	for w := range a.waiters {
		w.Proactor.RequestCancel(&w.C)
	}
	for len(a.waiters) > 0 {
		if fd, _, err := a.get(<-a.results); err == nil {
			_ = a.l.d.Loop.Loops.CloseConn(fd)
		}
	}
}
