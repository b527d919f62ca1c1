package uring

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A Ring is an io_uring that one goroutine uses at a time.
type Ring struct {
	fd             int
	sqTail, cqHead *uint32
	cqTail         *uint32
	sqMask, cqMask uint32
	sqes           []SQE
	cqes           []CQE
	queues, slots  mapping
	queued         uint32 // submissions that the kernel has not been told of

	// Where Enter has its time, because the kernel gets the address as a number, and
	// what is on a stack may move.
	arg   getEventsArg
	limit unix.Timespec
}

// New makes a ring for so many submissions at a time. Only the thread that makes it
// may use it.
func New(entries uint32) (*Ring, error) { return setup(entries, setupSingleIssuer|setupDeferTaskrun) }

// NewShared makes a ring that any thread may use, one at a time.
func NewShared(entries uint32) (*Ring, error) { return setup(entries, setupCoopTaskrun) }

func setup(entries, flags uint32) (*Ring, error) {
	p := params{flags: setupCQSize | setupSubmitAll | flags, cqEntries: 4 * entries}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w (Linux 6.1 is needed, and io_uring allowed)", errno)
	}
	r := &Ring{fd: int(fd)}
	if p.features&featSingleMmap == 0 || p.features&featExtArg == 0 {
		return nil, errors.Join(fmt.Errorf("io_uring_setup: this kernel lacks what is needed: %w", unix.ENOSYS), r.Close())
	}
	if err := r.mapAll(&p); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Ring) mapAll(p *params) (err error) {
	size := max(uintptr(p.sqOff.seven)+4*uintptr(p.sqEntries),
		uintptr(p.cqOff.six)+unsafe.Sizeof(CQE{})*uintptr(p.cqEntries))
	if r.queues, err = mapAt(r.fd, offSQRing, size); err != nil {
		return err
	}
	if r.slots, err = mapAt(r.fd, offSQEs, unsafe.Sizeof(SQE{})*uintptr(p.sqEntries)); err != nil {
		return err
	}
	word := func(off uint32) *uint32 { return (*uint32)(unsafe.Add(r.queues.start, off)) }
	// The kernel looks up each entry in an array: here entry i is always i.
	array := unsafe.Slice(word(p.sqOff.seven), p.sqEntries)
	for i := range array {
		array[i] = uint32(i)
	}
	r.sqTail, r.cqHead, r.cqTail = word(p.sqOff.tail), word(p.cqOff.head), word(p.cqOff.tail)
	r.sqMask, r.cqMask = *word(p.sqOff.mask), *word(p.cqOff.mask)
	r.sqes = unsafe.Slice((*SQE)(r.slots.start), p.sqEntries)
	r.cqes = unsafe.Slice((*CQE)(unsafe.Add(r.queues.start, p.cqOff.six)), p.cqEntries)
	return nil
}

// Close gives everything back. What is under way ends without a result.
func (r *Ring) Close() error {
	return errors.Join(r.queues.unmap(), r.slots.unmap(), unix.Close(r.fd))
}

// Push queues e for the next Enter, or enters if there is no room.
func (r *Ring) Push(e SQE) error {
	if int(r.queued) == len(r.sqes) {
		if err := r.Enter(0, 0); err != nil {
			return err
		}
	}
	tail := *r.sqTail // only we write it
	r.sqes[tail&r.sqMask] = e
	atomic.StoreUint32(r.sqTail, tail+1)
	r.queued++
	return nil
}

// Enter submits what is queued and waits for so many results, for up to d if that is
// not zero. Where it submitted nothing and none came in time, that is ETIME.
func (r *Ring) Enter(wait uint32, d time.Duration) error {
	flags, arg, size := uintptr(enterGetEvents), unsafe.Pointer(nil), uintptr(0)
	if d > 0 {
		r.limit = unix.NsecToTimespec(int64(d))
		r.arg.timespec = uint64(uintptr(unsafe.Pointer(&r.limit)))
		flags, arg, size = flags|enterExtArg, unsafe.Pointer(&r.arg), unsafe.Sizeof(r.arg)
	}
	for {
		n, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.queued), uintptr(wait), flags, uintptr(arg), size)
		switch errno {
		case 0:
			r.queued -= uint32(n)
			return nil
		case unix.EINTR, unix.EAGAIN, unix.EBUSY:
		default:
			return fmt.Errorf("io_uring_enter: %w", errno)
		}
	}
}

// Drain hands over the results that are there.
func (r *Ring) Drain(each func(CQE) error) error {
	head := *r.cqHead // only we write it
	tail := atomic.LoadUint32(r.cqTail)
	for ; head != tail; head++ {
		result := r.cqes[head&r.cqMask]
		atomic.StoreUint32(r.cqHead, head+1)
		if err := each(result); err != nil {
			return err
		}
	}
	return nil
}

// Address is p's, for the kernel. Whoever submits it keeps p, and not on a stack, which
// may move.
func Address(p []byte) uint64 { return uint64(uintptr(unsafe.Pointer(&p[0]))) }

// A mapping is memory that is not Go's.
type mapping struct {
	start unsafe.Pointer
	size  uintptr
}

func mapAt(fd int, offset int64, size uintptr) (mapping, error) {
	flags := unix.MAP_SHARED | unix.MAP_POPULATE
	if fd < 0 {
		flags = unix.MAP_PRIVATE | unix.MAP_ANONYMOUS
	}
	p, err := unix.MmapPtr(fd, offset, nil, size, unix.PROT_READ|unix.PROT_WRITE, flags)
	if err != nil {
		return mapping{}, fmt.Errorf("mmap for io_uring: %w", err)
	}
	return mapping{p, size}, nil
}

func (m mapping) unmap() error {
	if m.start == nil {
		return nil
	}
	return unix.MunmapPtr(m.start, m.size)
}
