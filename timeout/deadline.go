package timeout

import (
	"sync"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// A Deadline is an instant that operations must not pass, and that can be moved
// while they are under way, as net.Conn's deadlines are. The zero value is ready
// and is no deadline. Its methods may be called from any goroutine.
type Deadline struct {
	mu    sync.Mutex
	t     time.Time
	bound []bound
}

type bound struct {
	p *proactor.Proactor
	c *proactor.Completion
}

// Set moves the deadline to t, for the operations under way and those to come.
// The zero Time takes it away. A t that has passed stops what is under way now.
func (d *Deadline) Set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.t = t
	for _, b := range d.bound {
		b.p.SetDeadline(b.c, t)
	}
}

// Time is the deadline; zero if there is none.
func (d *Deadline) Time() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.t
}

// Submit has submit start an operation with c on p, under the deadline:
//
//	err := d.Submit(p, &c, func() error { return p.Recv(&c, fd, buf, 0, callback) })
//
// Set cannot come between the deadline's being read and the operation's start.
// The operation's callback must call Release. If the submission is refused, its
// error is returned and nothing is to be released.
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

// Release ends the deadline's hold on c, whose operation is complete.
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
