//go:build linux

package ring

import (
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A retry is an operation that has something done to it at an instant.
type retry struct {
	token backend.Token
	at    time.Time
}

// attend does what an ordinary round does not: it submits requests again, and asks operations
// again to stop, if that is due. It reports whether there is room for other requests.
func (b *Backend) attend() (proceed bool, err error) {
	if b.failure != nil {
		return false, b.salvaging()
	}
	b.askAgain()
	b.resume()
	if err := b.submitAgain(); err != nil {
		return false, err
	}
	b.attention = len(b.again)+len(b.paused)+len(b.cancelRetries) > 0
	return len(b.again) == 0, nil
}

// unsubmittedDelay is how long to wait with submissions that the kernel had no
// memory for, when nothing else happens.
const unsubmittedDelay = time.Millisecond

// limit is the earlier of deadline and the instant at which attend has something to do.
func (b *Backend) limit(deadline time.Time) time.Time {
	if b.ring.Pending() > 0 {
		deadline = backend.Earlier(deadline, time.Now().Add(unsubmittedDelay))
	}
	return backend.Earlier(deadline, b.askAt())
}

// askAt is when askAgain or resume has something to do; zero: never.
func (b *Backend) askAt() (at time.Time) {
	for _, c := range b.cancelRetries {
		at = backend.Earlier(at, c.at)
	}
	for _, c := range b.paused {
		at = backend.Earlier(at, c.at)
	}
	return at
}

// retry has f submitted again.
func (b *Backend) retry(f *operation) (backend.Event, bool) {
	f.state = outside
	b.again = append(b.again, f.token)
	b.attention = true
	return backend.Event{}, false
}

// submitAgain submits operations again that the kernel refused, or that a signal stopped.
func (b *Backend) submitAgain() error {
	for n := 0; n < len(b.again); n++ {
		f := b.lookup(b.again[n])
		if f.stop != stopNone {
			b.settle(f, -int32(unix.ECANCELED))
			continue
		}
		if b.fill(f) {
			continue
		}
		if err := b.flush(); err != nil {
			return err
		}
		if !b.fill(f) {
			b.again = append(b.again[:0], b.again[n:]...)
			return nil
		}
	}
	b.again = b.again[:0]
	return nil
}

// A terminal's master whose buffer is full when the slave is closed is never ready, but
// poll(2) says POLLHUP at once: an attempt ends with EAGAIN, or with EINTR where the
// kernel made it while it had something else to do for the thread (signal_pending in
// n_tty_write). Such an operation is submitted again after a pause, instead of as fast as
// the kernel refuses it.
const (
	triesAtOnce   = 8 // without a pause
	pauseFirst    = 50 * time.Microsecond
	pauseDoubling = 8 // times: about 13 ms
)

// retryLater is retry after a pause, which grows with the number of tries of f.
func (b *Backend) retryLater(f *operation) (backend.Event, bool) {
	if f.tries <= triesAtOnce {
		return b.retry(f)
	}
	f.state = outside
	pause := pauseFirst << min(f.tries-triesAtOnce-1, pauseDoubling)
	b.paused = append(b.paused, retry{f.token, time.Now().Add(pause)})
	b.attention = true
	return backend.Event{}, false
}

// resume retries the operations whose pause is over.
func (b *Backend) resume() {
	if len(b.paused) == 0 {
		return
	}
	now := time.Now()
	b.paused = slices.DeleteFunc(b.paused, func(p retry) bool {
		due := !now.Before(p.at)
		if due {
			b.again = append(b.again, p.token)
		}
		return due
	})
}

// hasten ends the pause of a token, if it has one.
func (b *Backend) hasten(token backend.Token) {
	if i := slices.IndexFunc(b.paused, func(p retry) bool { return p.token == token }); i >= 0 {
		b.paused = slices.Delete(b.paused, i, i+1)
		b.again = append(b.again, token)
	}
}

// An operation that has to stop may not be found when the kernel looks for it. On its way
// between waiting for readiness, being tried again and a worker thread, a request is in
// none of the places where a cancellation or a linked timeout looks: that ends with ENOENT
// or EALREADY, the operation goes on, and may wait for ever (liburing#1208). So it is asked
// again, until it ends; with pauses, because what a disk does not answer cannot be stopped.
const (
	cancelRetryPause     = 50 * time.Microsecond // doubled each time
	cancelRetryDoublings = 11                    // times: about 100 ms
)

// retryCancel has f asked again to stop.
func (b *Backend) retryCancel(f *operation) {
	at := time.Now().Add(cancelRetryPause << f.misses)
	b.cancelRetries = append(b.cancelRetries, retry{f.token, at})
	b.attention = true
	f.misses = min(f.misses+1, cancelRetryDoublings)
}

// missed handles the answer to a cancellation of f (nil if f has ended): the kernel may not
// have found f.
func (b *Backend) missed(f *operation, result int32) {
	notFound := result == -int32(unix.ENOENT) || result == -int32(unix.EALREADY)
	if notFound && f != nil && f.mustStop() {
		b.retryCancel(f)
	}
}

// mustStop reports whether f is in the kernel and was asked to stop.
func (f *operation) mustStop() bool {
	return f.req != nil && (f.state == inKernel && f.stop != stopNone || f.state == unlimited)
}

// askAgain fills in the cancellations that are due, while there is room.
func (b *Backend) askAgain() {
	if len(b.cancelRetries) == 0 {
		return
	}
	later, now := b.cancelRetries[:0], time.Now()
	for _, c := range b.cancelRetries {
		f := b.lookup(c.token)
		if f == nil || !f.mustStop() {
			continue // it ended
		}
		if now.Before(c.at) || !b.cancel(f, backend.TokenNone) {
			later = append(later, c)
		}
	}
	b.cancelRetries = later
}

// cancel asks the kernel to stop f, if there is room to ask. An answer without a token is marked
// so, and comes only if the cancellation did not succeed.
func (b *Backend) cancel(f *operation, answer backend.Token) bool {
	sqe := b.ring.Next()
	if sqe == nil {
		return false
	}
	sqe.PrepCancel64(userData(f.token), 0)
	sqe.UserData = userData(answer)
	if answer == backend.TokenNone {
		sqe.UserData, sqe.Flags = userData(f.token)|cancellation, b.skipSuccess
	} else {
		b.beginAnswer(answer, f.token)
	}
	b.attention = true
	return true
}
