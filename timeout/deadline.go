package timeout

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A Deadline is an instant at which operations are stopped. It can be moved while they are under
// way, like the deadlines of net.Conn. The zero value is ready to use and means no deadline.
// Several goroutines may call its methods at once.
type Deadline struct {
	mu    sync.Mutex
	t     time.Time
	bound []bound
}

type bound struct {
	p *proactor.Proactor
	c *proactor.Completion
}

// Set moves the deadline to t, for operations under way and later ones. The zero Time removes it.
// If t has passed, Set stops the operations under way.
func (d *Deadline) Set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.t = t
	for _, b := range d.bound {
		b.p.SetDeadline(b.c, t)
	}
}

// Time returns the deadline, or the zero Time if there is none.
func (d *Deadline) Time() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.t
}

// Submit calls submit, which must start an operation with c on p, and applies the deadline to
// that operation:
//
//	err := d.Submit(p, &c, func() error { return p.Recv(&c, fd, buf, 0, callback) })
//
// No Set can come between the reading of the deadline and the start of the operation: submit must
// not call methods of d. The operation's callback must call Release. If submit returns an error,
// Submit returns it, and Release must not be called.
func (d *Deadline) Submit(p *proactor.Proactor, c *proactor.Completion, submit func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.SetDeadline(d.t)
	if err := submit(); err != nil {
		return err
	}
	d.bound = append(d.bound, bound{p, c})
	return nil
}

// Release removes c, whose operation is complete, from the deadline.
func (d *Deadline) Release(c *proactor.Completion) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, b := range d.bound {
		if b.c == c {
			last := len(d.bound) - 1
			d.bound[i] = d.bound[last]
			d.bound[last] = bound{}
			d.bound = d.bound[:last]
			return
		}
	}
}
