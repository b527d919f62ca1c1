//go:build linux

package ring

import (
	"errors"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/backend"
	"github.com/awaitio/awaitio/internal/park"
	"github.com/awaitio/awaitio/internal/workers"
)

// NewBackend opens a ring for the proactor.
func NewBackend(c Config) (*Backend, error) {
	c.disabled = true
	r, err := Open(c)
	if err != nil {
		return nil, err
	}
	b := &Backend{ring: r, features: backend.Features{TransferMax: MAX_RW_COUNT}, cqes: make([]CQE, reapMax)}
	if err = b.learn(c); err == nil {
		err = b.openSpot()
	}
	if err == nil {
		err = b.ring.restrict(b.codes())
	}
	if err == nil {
		err = b.try()
	}
	if err != nil {
		if b.Spot != nil {
			err = firstError(err, b.Spot.Close())
		}
		return nil, firstError(err, r.Close())
	}
	b.workers = workers.New(c.Workers, b.Wake)
	r.LimitWorkers(max(c.Workers, 1))
	return b, nil
}

// featuresNeeded came with Linux 5.7 at the latest; without them the driver
// could lose results, or would have to keep more alive for longer.
const featuresNeeded = IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_RW_CUR_POS | IORING_FEAT_FAST_POLL

// learn finds out what the kernel can do.
func (b *Backend) learn(c Config) error {
	features := b.ring.Features()
	if features&featuresNeeded != featuresNeeded {
		return &SetupError{"io_uring_setup", unix.ENOSYS, "the kernel is too old: io_uring as of Linux 5.7 is needed"}
	}
	probe, err := b.ring.Probe()
	if err != nil {
		return setupError("probing io_uring", err)
	}
	for op, code := range opcodes {
		o := backend.Op(op)
		known := probe.Has(code) && c.WithoutOps&(1<<o) == 0
		if known || substitutes[o] != nil {
			b.features.Ops |= 1 << o
		}
		if known {
			b.native |= 1 << o
		}
	}
	b.features.LinkedTimeout = probe.Has(IORING_OP_LINK_TIMEOUT) && !c.WithoutLinks
	if features&IORING_FEAT_CQE_SKIP != 0 {
		b.skipSuccess = IOSQE_CQE_SKIP_SUCCESS
	}
	return nil
}

// try has the ring carry out one operation: a filter that lets a ring be made may
// still forbid its use.
func (b *Backend) try() error {
	b.ring.Next().PrepNop()
	_, err := b.ring.Submit()
	if err != nil {
		return setupError("io_uring_enter", errors.Unwrap(err))
	}
	if b.ring.Reap(b.cqes) == 0 {
		return errIdle
	}
	return nil
}

var errIdle = errors.New("io_uring_enter: an operation that does nothing has no result")

// openSpot makes the place where the loop's goroutine parks: at an eventfd that
// the kernel writes to with each result, unless told to Mute. The ring's own
// descriptor would do, but cannot be muted: each result that the loop finds by
// itself would wake a thread in Go's poller for nothing.
//
// Nobody reads the eventfd: the poller is told of every write to it.
func (b *Backend) openSpot() error {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return setupError("eventfd", err.(unix.Errno))
	}
	if err := b.ring.RegisterEventfd(fd); err != nil {
		return firstError(err, unix.Close(fd))
	}
	b.Spot, err = park.New(fd, "io_uring", b.ring.Ready)
	b.ring.Mute(true)
	return firstError(err, unix.Close(fd)) // the ring and the spot have it for themselves
}
