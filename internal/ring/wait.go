//go:build linux

package ring

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
)

var _ backend.Backend = (*Backend)(nil)

// A poller parks the loop's goroutine in Go's network poller until the ring's
// descriptor is readable, instead of a thread in the kernel; and a read deadline
// in the past is what wakes it. That takes no eventfd and no system call.
type poller struct {
	file  *os.File // a duplicate of the ring's descriptor
	conn  syscall.RawConn
	past  time.Time
	ready func(uintptr) bool // the condition Wait waits for
	woken atomic.Bool

	armed   time.Time // the read deadline; zero: none
	certain bool      // armed is really what is set
}

func (p *poller) open(r *Ring) error {
	fd, err := unix.FcntlInt(uintptr(r.FD()), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("duplicating the ring's descriptor: %w", err)
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return firstError(fmt.Errorf("preparing the ring's descriptor: %w", err), unix.Close(fd))
	}
	p.file = os.NewFile(uintptr(fd), "io_uring")
	p.past = time.Unix(1, 0) // also by the clock of a testing/synctest bubble, which starts in 2000
	p.ready = func(uintptr) bool { return p.woken.Load() || r.Ready() }
	if err := p.file.SetReadDeadline(time.Time{}); err != nil {
		return firstError(fmt.Errorf("watching the ring's descriptor: %w", err), p.file.Close())
	}
	if p.conn, err = p.file.SyscallConn(); err != nil {
		return firstError(err, p.file.Close())
	}
	return nil
}

func (p *poller) close() error { return p.file.Close() }

// arm sets the read deadline, unless one that is not later is set: that ends the
// wait early once, which costs less than moving the runtime's timer each time.
func (p *poller) arm(deadline time.Time) error {
	if p.certain {
		if deadline.IsZero() || !p.armed.IsZero() && !deadline.Before(p.armed) {
			return nil
		}
	}
	p.armed, p.certain = deadline, true
	return p.file.SetReadDeadline(deadline)
}

// Wake ends a Wait, or the next.
func (b *Backend) Wake() {
	if !b.poller.woken.Swap(true) {
		_ = b.poller.file.SetReadDeadline(b.poller.past) // fails after Close only
	}
}

// unsubmittedDelay is how long to wait with submissions that the kernel had no
// memory for, when nothing else happens.
const unsubmittedDelay = time.Millisecond

// Wait parks the goroutine until there may be something to reap.
func (b *Backend) Wait(deadline time.Time) error {
	p := &b.poller
	if len(b.local) > 0 || len(b.again) > 0 {
		return nil
	}
	if b.ring.Pending() > 0 {
		deadline = earlier(deadline, time.Now().Add(unsubmittedDelay))
	}
	deadline = earlier(deadline, b.askAt())
	if err := p.arm(deadline); err != nil {
		return fmt.Errorf("setting the wait's deadline: %w", err)
	}
	err := p.conn.Read(p.ready)
	if p.woken.Swap(false) || err != nil {
		// Either Wake moved the deadline, perhaps only after this, or it has
		// passed.
		p.certain = false
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("waiting for io_uring: %w", err)
	}
	return nil
}
