package timeout

import (
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// Within limits the next operation submitted with c to d, and returns c:
//
//	err := p.Fsync(timeout.Within(&c, time.Second), fd, 0, callback)
//
// An operation that is stopped by it ends with an error that is
// os.ErrDeadlineExceeded. Zero gives it one attempt; a negative d is refused by
// the submission. c must not be submitted already.
func Within(c *proactor.Completion, d time.Duration) *proactor.Completion {
	c.SetTimeout(d)
	return c
}

// By is Within with an instant. The zero Time is no deadline.
func By(c *proactor.Completion, t time.Time) *proactor.Completion {
	c.SetDeadline(t)
	return c
}
