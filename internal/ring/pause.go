//go:build linux

package ring

import (
	"slices"
	"time"

	"github.com/awaitio/awaitio/internal/backend"
)

// A terminal's master whose buffer is full when the slave is closed is never ready, but
// poll(2) says POLLHUP at once: an attempt ends with EAGAIN, or with EINTR where the
// kernel made it while it had something else to do for the thread (signal_pending in
// n_tty_write). What such a thing keeps from being done is submitted again after a
// pause, rather than as fast as the kernel turns it away.

const (
	triesAtOnce   = 8 // without a pause
	pauseFirst    = 50 * time.Microsecond
	pauseDoubling = 8 // times: about 13 ms
)

// retryLater is retry after a pause, which is the longer the more often f was tried.
func (b *Backend) retryLater(f *operation) (backend.Event, bool) {
	if f.tries <= triesAtOnce {
		return b.retry(f)
	}
	f.where = outside
	pause := pauseFirst << min(f.tries-triesAtOnce-1, pauseDoubling)
	b.paused = append(b.paused, cancelRetry{f.token, time.Now().Add(pause)})
	return backend.Event{}, false
}

// resume has what has paused for long enough be submitted again.
func (b *Backend) resume() {
	if len(b.paused) == 0 {
		return
	}
	now := time.Now()
	b.paused = slices.DeleteFunc(b.paused, func(p cancelRetry) bool {
		due := !now.Before(p.at)
		if due {
			b.again = append(b.again, p.token)
		}
		return due
	})
}

// hasten ends the pause of a token, if it has one.
func (b *Backend) hasten(token backend.Token) {
	if i := slices.IndexFunc(b.paused, func(p cancelRetry) bool { return p.token == token }); i >= 0 {
		b.paused = slices.Delete(b.paused, i, i+1)
		b.again = append(b.again, token)
	}
}
