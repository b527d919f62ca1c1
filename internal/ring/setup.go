//go:build linux

package ring

import (
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Config sizes a Ring. The zero value works.
type Config struct {
	// Entries is the size of the submission queue, rounded up to a power of
	// two. 0 means 256; the least is 2, so that a linked pair always fits; the
	// kernel's most is 32768, to which a larger value is cut.
	Entries uint32

	// CompletionEntries is the size of the completion queue, rounded up to a
	// power of two. 0 means 8 times Entries and at least 4096. The kernel
	// wants no less than Entries and no more than 65536. Both queues are smaller
	// where it has no memory for them.
	CompletionEntries uint32

	// Workers is how many operations may block a thread at once. 0 means 1.
	Workers int

	// Without are setup flags not to try. Tests imitate older kernels with it,
	// and with those below.
	Without uint32

	// WithoutFeatures are IORING_FEAT_ bits to take for missing.
	WithoutFeatures uint32

	// WithoutOps are operations of the seam, 1<<Op, to take for unknown.
	WithoutOps uint32

	// WithoutLinks takes linked timeouts for unknown.
	WithoutLinks bool

	// Contiguous, where it is not 0, is how many bytes a queue may have at most: tests imitate a kernel
	// whose memory is in pieces.
	Contiguous int

	// disabled has the kernel take no submission until restrict is called.
	disabled bool
}

const (
	entriesDefault              = 256
	entriesMin                  = 2
	completionsPerEntry         = 8
	completionEntriesDefaultMin = 4096

	entriesMax           = 1 << 15 // IORING_MAX_ENTRIES
	completionEntriesMax = 2 * entriesMax

	// A page has room for so many.
	entriesInPage           = 64
	completionEntriesInPage = 128
)

// withDefaults fills in what is zero and raises what is too small.
func (c Config) withDefaults() Config {
	if c.Entries == 0 {
		c.Entries = entriesDefault
	}
	c.Entries = max(c.Entries, entriesMin)
	if c.CompletionEntries == 0 {
		// Clamped first, or the product could wrap round.
		c.CompletionEntries = max(min(c.Entries, 1<<16)*completionsPerEntry, completionEntriesDefaultMin)
	}
	c.CompletionEntries = max(c.CompletionEntries, c.Entries)
	return c
}

// halve makes the larger queue smaller. It returns false if each fits into a page.
//
// The kernel wants the memory of a queue in one piece, and then page by page, of which it may not get
// more than one either (liburing#1614). So a machine whose memory is in pieces says ENOMEM although
// gigabytes are free. A completion queue that is too small costs time alone: what does not fit the
// kernel keeps until there is room (IORING_FEAT_NODROP).
func (c *Config) halve() bool {
	c.Entries, c.CompletionEntries = min(c.Entries, entriesMax), min(c.CompletionEntries, completionEntriesMax)
	switch {
	case c.CompletionEntries > max(2*c.Entries, completionEntriesInPage):
		c.CompletionEntries /= 2
	case c.Entries > entriesInPage:
		c.Entries /= 2
		c.CompletionEntries = max(c.CompletionEntries/2, c.Entries)
	default:
		return false
	}
	return true
}

// trySetup is io_uring_setup(2).
func (c *Config) trySetup(p *params) (fd int, errno unix.Errno) {
	if c.Contiguous > 0 && max(int(c.Entries)*sqeBytes, int(c.CompletionEntries)*cqeBytes) > c.Contiguous {
		return -1, unix.ENOMEM
	}
	return sysSetup(c.Entries, p)
}

// optionalFlags are the flags to try, newest first: the order in which they
// are given up when the kernel says EINVAL, as it does to a flag it does not
// know. There is no other way to ask (liburing#906). TASKRUN_FLAG comes before
// COOP_TASKRUN because it is not valid alone.
var optionalFlags = [...]uint32{
	IORING_SETUP_NO_SQARRAY,
	IORING_SETUP_TASKRUN_FLAG,
	IORING_SETUP_COOP_TASKRUN,
	IORING_SETUP_SUBMIT_ALL,
	IORING_SETUP_R_DISABLED,
	IORING_SETUP_CLAMP,
	IORING_SETUP_CQSIZE,
}

// wantedFlags are the flags of the first try.
func wantedFlags(without uint32) uint32 {
	var flags uint32
	for _, f := range optionalFlags {
		flags |= f
	}
	if without&IORING_SETUP_COOP_TASKRUN != 0 {
		without |= IORING_SETUP_TASKRUN_FLAG
	}
	return flags &^ without
}

// dropNewest gives up one flag, or says that none is left.
func dropNewest(flags uint32) (uint32, bool) {
	for _, f := range optionalFlags {
		if flags&f != 0 {
			return flags &^ f, true
		}
	}
	return 0, false
}

// setup makes the kernel object with as many of the flags as it accepts, and with queues for which it has
// memory.
// io_uring_setup(2) marks the descriptor close-on-exec itself.
func setup(c Config) (fd int, p params, err error) {
	without := c.Without
	if !c.disabled {
		without |= IORING_SETUP_R_DISABLED
	}
	for flags := wantedFlags(without); ; {
		p = params{flags: flags}
		if flags&IORING_SETUP_CQSIZE != 0 {
			p.cqEntries = c.CompletionEntries
		}
		fd, errno := c.trySetup(&p)
		if errno == 0 {
			return fd, p, nil
		}
		if errno == unix.ENOMEM && c.halve() {
			continue
		}
		var more bool
		if flags, more = dropNewest(flags); errno != unix.EINVAL || !more {
			return -1, p, setupError("io_uring_setup", errno)
		}
	}
}

// Open makes a ring. An error names the likely cause; errors.Is finds the
// errno in it, and errors.ErrUnsupported when io_uring is missing or forbidden.
func Open(c Config) (*Ring, error) {
	fd, p, err := setup(c.withDefaults())
	if err != nil {
		return nil, err
	}
	m, err := mapAll(fd, &p)
	if err != nil {
		_ = unix.Close(fd) // the mapping's error is the one to tell
		return nil, err
	}
	p.features &^= c.WithoutFeatures
	return newRing(fd, p, m), nil
}

// mappings are the parts of a ring that the kernel and we both see.
type mappings struct {
	sqRing, cqRing, sqes region
}

// mapAll maps what the kernel described in p. With IORING_FEAT_SINGLE_MMAP
// both rings live in one mapping, and cqRing stays empty.
func mapAll(fd int, p *params) (mappings, error) {
	var m mappings
	sqSize, cqSize := ringSizes(p)
	single := p.features&IORING_FEAT_SINGLE_MMAP != 0
	if single {
		sqSize = max(sqSize, cqSize)
	}
	var err error
	if m.sqRing, err = mapRegion(fd, IORING_OFF_SQ_RING, sqSize); err != nil {
		return m, setupError("mmap submission ring", err)
	}
	if !single {
		if m.cqRing, err = mapRegion(fd, IORING_OFF_CQ_RING, cqSize); err != nil {
			return m, setupError("mmap completion ring", firstError(err, m.unmap()))
		}
	}
	if m.sqes, err = mapRegion(fd, IORING_OFF_SQES, uintptr(p.sqEntries)*sqeSize); err != nil {
		return m, setupError("mmap submission entries", firstError(err, m.unmap()))
	}
	return m, nil
}

// ringSizes are the lengths of the two rings: each ends with its array.
func ringSizes(p *params) (sq, cq uintptr) {
	cq = uintptr(p.cqOff.cqes) + uintptr(p.cqEntries)*cqeSize
	if p.flags&IORING_SETUP_NO_SQARRAY != 0 {
		// No array to end with, and the kernel reports no offset. Both rings
		// are one piece of kernel memory, so the other's length is in bounds.
		return cq, cq
	}
	return uintptr(p.sqOff.array) + uintptr(p.sqEntries)*wordSize, cq
}

func (m *mappings) unmap() error {
	return firstError(m.sqes.unmap(), m.cqRing.unmap(), m.sqRing.unmap())
}

func newRing(fd int, p params, m mappings) *Ring {
	r := &Ring{fd: fd, features: p.features, flags: p.flags, maps: m}
	r.sq = newSubmissionQueue(&r.maps, &p)
	r.cq = newCompletionQueue(&r.maps, &p)
	return r
}

func newSubmissionQueue(m *mappings, p *params) submissionQueue {
	q := submissionQueue{
		khead:  m.sqRing.word(p.sqOff.head),
		ktail:  m.sqRing.word(p.sqOff.tail),
		kflags: m.sqRing.word(p.sqOff.flags),
		sqes:   m.sqes.sqes(p.sqEntries),
		mask:   *m.sqRing.word(p.sqOff.ringMask),
	}
	q.tail = atomic.LoadUint32(q.ktail)
	if p.flags&IORING_SETUP_NO_SQARRAY == 0 {
		// The array maps ring positions to slots. We use slots in order, so
		// it is the identity, written once.
		for i, array := uint32(0), m.sqRing.words(p.sqOff.array, p.sqEntries); i < p.sqEntries; i++ {
			array[i] = i
		}
	}
	return q
}

// MuteFeature came after the barrier between a result and the kernel's look at
// the flag: the flag itself is older (Linux 5.8), but lifting it without that
// could miss a result.
const MuteFeature = IORING_FEAT_NATIVE_WORKERS

func newCompletionQueue(m *mappings, p *params) completionQueue {
	ring := &m.cqRing
	if ring.base == nil {
		ring = &m.sqRing
	}
	q := completionQueue{
		khead: ring.word(p.cqOff.head),
		ktail: ring.word(p.cqOff.tail),
		cqes:  ring.cqes(p.cqOff.cqes, p.cqEntries),
		mask:  *ring.word(p.cqOff.ringMask),
	}
	if p.cqOff.flags != 0 && p.features&MuteFeature != 0 {
		q.kflags = ring.word(p.cqOff.flags)
	}
	q.head = atomic.LoadUint32(q.khead)
	return q
}

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
