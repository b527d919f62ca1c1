//go:build linux

package ring

import (
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

// A chased operation has to stop but was not found when the kernel looked for
// it. On its way between waiting for readiness, being tried again and a worker
// thread, a request is in none of the places where a cancellation or a linked
// timeout looks: that ends with ENOENT or EALREADY, the operation goes on, and
// may wait for ever (liburing#1208). So it is asked again, until it ends; with
// pauses, because what a disk does not answer cannot be stopped.
type chased struct {
	token backend.Token
	at    time.Time // when
}

const (
	chasePause    = 50 * time.Microsecond // doubled each time
	chaseDoubling = 11                    // times: about 100 ms
)

// chase has f asked to stop once more.
func (b *Backend) chase(f *flight) {
	at := time.Now().Add(chasePause << f.misses)
	b.chased = append(b.chased, chased{f.token, at})
	f.misses = min(f.misses+1, chaseDoubling)
}

// missed takes in that the request of a token was asked to stop and not found.
func (b *Backend) missed(token backend.Token, result int32) {
	if result != -int32(unix.ENOENT) && result != -int32(unix.EALREADY) {
		return
	}
	if f := b.lookup(token); f != nil && f.mustStop() {
		b.chase(f)
	}
}

// mustStop reports whether f is in the kernel and is not to stay there.
func (f *flight) mustStop() bool {
	return f.req != nil && !f.aground && (f.asked || f.fired || f.orphan)
}

// askAgain fills in the cancellations that are due, as far as there is room.
func (b *Backend) askAgain() {
	if len(b.chased) == 0 {
		return
	}
	later, now := b.chased[:0], time.Now()
	for _, c := range b.chased {
		f := b.lookup(c.token)
		if f == nil || !f.mustStop() {
			continue // it ended
		}
		if now.Before(c.at) || !b.cancel(c.token) {
			later = append(later, c)
		}
	}
	b.chased = later
}

// askAt is when askAgain or resume has something to do; zero: never.
func (b *Backend) askAt() (at time.Time) {
	for _, c := range b.chased {
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
