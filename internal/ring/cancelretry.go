//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A cancelRetry is of an operation that has to stop but was not found when the kernel looked for
// it. On its way between waiting for readiness, being tried again and a worker
// thread, a request is in none of the places where a cancellation or a linked
// timeout looks: that ends with ENOENT or EALREADY, the operation goes on, and
// may wait for ever (liburing#1208). So it is asked again, until it ends; with
// pauses, because what a disk does not answer cannot be stopped.
type cancelRetry struct {
	token backend.Token
	at    time.Time // when
}

const (
	cancelRetryPause     = 50 * time.Microsecond // doubled each time
	cancelRetryDoublings = 11                    // times: about 100 ms
)

// retryCancel has f asked to stop once more.
func (b *Backend) retryCancel(f *operation) {
	at := time.Now().Add(cancelRetryPause << f.misses)
	b.cancelRetries = append(b.cancelRetries, cancelRetry{f.token, at})
	f.misses = min(f.misses+1, cancelRetryDoublings)
}

// missed takes in that the request of a token was asked to stop and not found.
func (b *Backend) missed(token backend.Token, result int32) {
	if result != -int32(unix.ENOENT) && result != -int32(unix.EALREADY) {
		return
	}
	if f := b.lookup(token); f != nil && f.mustStop() {
		b.retryCancel(f)
	}
}

// mustStop reports whether f is in the kernel and is not to stay there.
func (f *operation) mustStop() bool {
	return f.req != nil && f.where != outside && (f.asked || f.fired || f.where == unlimited)
}

// askAgain fills in the cancellations that are due, as far as there is room.
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
		if now.Before(c.at) || !b.cancel(c.token) {
			later = append(later, c)
		}
	}
	b.cancelRetries = later
}

// askAt is when askAgain or resume has something to do; zero: never.
func (b *Backend) askAt() (at time.Time) {
	for _, c := range b.cancelRetries {
		at = earlier(at, c.at)
	}
	for _, c := range b.paused {
		at = earlier(at, c.at)
	}
	return at
}

// cancel asks the kernel to stop the request of a token. The answer comes only
// if it is not success, and is marked as one that nobody waits for.
func (b *Backend) cancel(token backend.Token) bool {
	sqe := b.ring.Next()
	if sqe == nil {
		return false
	}
	sqe.PrepCancel64(uint64(token), 0)
	sqe.UserData, sqe.Flags = uint64(token)|cancellation, b.skipSuccess
	return true
}

// earlier is the first of two instants, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
