//go:build linux

// Package park parks a goroutine in Go's network poller until a kernel object
// has something to say, the time is up, or another goroutine wakes it. That
// costs no thread, no eventfd and, to wake, no system call.
package park

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Spot is where one goroutine parks. It owns a duplicate of the descriptor it
// watches: the runtime's poller is told of readiness, and a read deadline in the
// past is what wakes the goroutine.
type Spot struct {
	file  *os.File
	conn  syscall.RawConn
	ready func(uintptr) bool
	past  time.Time
	woken atomic.Bool

	armed     time.Time   // the read deadline; zero: none
	certain   bool        // armed is really what is set
	disturbed atomic.Bool // it is not, since the last Park
}

// New returns a Spot for fd, which must be pollable. ready tells, without
// blocking, whether there is something to be had; the runtime reports only
// changes, so it is asked before each wait.
func New(fd int, name string, ready func() bool) (*Spot, error) {
	dup, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("duplicating the descriptor of %s: %w", name, err)
	}
	// os.NewFile watches only what is in non-blocking mode.
	if err := unix.SetNonblock(dup, true); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing the descriptor of %s: %w", name, err), unix.Close(dup))
	}
	s := &Spot{file: os.NewFile(uintptr(dup), name), past: time.Now().Add(-century)}
	s.ready = func(uintptr) bool { return s.woken.Load() || ready() }
	if err := s.file.SetReadDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("watching the descriptor of %s: %w", name, err), s.file.Close())
	}
	if s.conn, err = s.file.SyscallConn(); err != nil {
		return nil, errors.Join(err, s.file.Close())
	}
	return s, nil
}

// Wait parks until ready, the deadline (zero: none) or Wake. It may return early
// for no reason.
func (s *Spot) Wait(deadline time.Time) error {
	if _, err := s.Arm(deadline, false); err != nil {
		return err
	}
	return s.Park()
}

// Arm sets when the next Park ends at the latest; the zero Time is never. Where
// one that is not later is set it stays: that ends a Park early once, which costs
// less than moving the runtime's timer each time.
//
// While a goroutine is parked, Arm sets nothing, which could take back a Wake. It
// reports whether that Park ends by deadline, or has been woken.
func (s *Spot) Arm(deadline time.Time, parked bool) (inTime bool, err error) {
	inTime = deadline.IsZero() || !s.armed.IsZero() && !deadline.Before(s.armed)
	if parked {
		return inTime, nil
	}
	if s.disturbed.Swap(false) {
		s.certain = false
	}
	if s.certain && inTime {
		return true, nil
	}
	s.armed, s.certain = deadline, true
	if err := s.file.SetReadDeadline(deadline); err != nil {
		return false, fmt.Errorf("setting the wait's deadline: %w", err)
	}
	return true, nil
}

// Park is Wait for the deadline that is armed. It touches nothing that Arm reads
// meanwhile, called by another goroutine.
func (s *Spot) Park() error {
	err := s.conn.Read(s.ready)
	if s.woken.Swap(false) || err != nil {
		// Either Wake moved the deadline, perhaps only after this, or it has
		// passed.
		s.disturbed.Store(true)
	}
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("parking: %w", err)
	}
	return nil
}

// century makes an instant that is past also by the clock of a testing/synctest bubble, which starts
// in 2000. It is counted from now so that it has a reading of the monotonic clock: what goes by
// that alone takes less time, and less of the caller's stack.
const century = 100 * 365 * 24 * time.Hour

// Wake ends a Wait, or the next. It may be called from any goroutine at any time.
func (s *Spot) Wake() {
	if !s.woken.Swap(true) {
		_ = s.file.SetReadDeadline(s.past) // fails after Close only
	}
}

// Close gives the duplicate back. Twice is fine.
func (s *Spot) Close() error {
	if err := s.file.Close(); !errors.Is(err, os.ErrClosed) {
		return err
	}
	return nil
}
