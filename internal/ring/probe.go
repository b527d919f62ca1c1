//go:build linux

package ring

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Probe is the set of operations a kernel knows.
type Probe struct {
	supported [probeOpsMax / 64]uint64
}

// Has reports whether the kernel knows operation op. Flags of an operation,
// such as multishot, are not covered: they can only be tried.
func (p *Probe) Has(op uint8) bool {
	return p.supported[op/64]&(1<<(op%64)) != 0
}

// Probe asks the kernel which operations it knows, once: a conclusive answer
// is kept. A kernel before 5.6 cannot be asked, and then the error satisfies
// errors.Is(err, errors.ErrUnsupported).
func (r *Ring) Probe() (*Probe, error) {
	if r.closed.Load() {
		return nil, ErrClosed
	}
	if r.probe != nil || r.probeErr != nil {
		return r.probe, r.probeErr
	}
	arg := new(probeArg) // zero, or the kernel answers EINVAL
	switch errno := sysProbe(r.fd, arg); errno {
	case 0:
		r.probe = newProbe(arg)
	case unix.EINVAL:
		r.probeErr = fmt.Errorf("io_uring_register: probe: %w: %w", errno, errors.ErrUnsupported)
	default:
		// Out of memory, or a restriction: another day it may work.
		return nil, fmt.Errorf("io_uring_register: probe: %w", errno)
	}
	return r.probe, r.probeErr
}

func newProbe(arg *probeArg) *Probe {
	p := new(Probe)
	for _, o := range arg.ops[:arg.opsLen] {
		if o.flags&IO_URING_OP_SUPPORTED != 0 {
			p.supported[o.op/64] |= 1 << (o.op % 64)
		}
	}
	return p
}
