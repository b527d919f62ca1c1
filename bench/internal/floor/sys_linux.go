package floor

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A ring is an io_uring that one thread uses.
type ring struct {
	fd             int
	sqTail, cqHead *uint32
	cqTail         *uint32
	sqMask, cqMask uint32
	sqes           []sqe
	cqes           []cqe
	queued         uint32 // submissions that the kernel has not been told of
}

// newRing makes one of so many entries. Only the thread that makes it may use it.
func newRing(entries uint32) (*ring, error) {
	p := params{
		flags:     setupCQSize | setupSubmitAll | setupSingleIssuer | setupDeferTaskrun,
		cqEntries: 4 * entries,
	}
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(&p)), 0)
	if errno != 0 {
		return nil, fmt.Errorf("io_uring_setup: %w (the floor needs Linux 6.1 and io_uring allowed)", errno)
	}
	if p.features&featSingleMmap == 0 {
		return nil, fmt.Errorf("io_uring_setup: this kernel maps the queues apart: %w", unix.ENOSYS)
	}
	return mapRing(int(fd), &p)
}

func mapRing(fd int, p *params) (*ring, error) {
	size := max(uintptr(p.sqOff.seven)+4*uintptr(p.sqEntries),
		uintptr(p.cqOff.six)+unsafe.Sizeof(cqe{})*uintptr(p.cqEntries))
	queues, err := mapAt(fd, offSQRing, size)
	if err != nil {
		return nil, err
	}
	entries, err := mapAt(fd, offSQEs, unsafe.Sizeof(sqe{})*uintptr(p.sqEntries))
	if err != nil {
		return nil, err
	}
	word := func(off uint32) *uint32 { return (*uint32)(unsafe.Add(queues, off)) }
	// The kernel looks up each entry in an array: here entry i is always i.
	array := unsafe.Slice(word(p.sqOff.seven), p.sqEntries)
	for i := range array {
		array[i] = uint32(i)
	}
	return &ring{
		fd:     fd,
		sqTail: word(p.sqOff.tail), cqHead: word(p.cqOff.head), cqTail: word(p.cqOff.tail),
		sqMask: *word(p.sqOff.mask), cqMask: *word(p.cqOff.mask),
		sqes: unsafe.Slice((*sqe)(entries), p.sqEntries),
		cqes: unsafe.Slice((*cqe)(unsafe.Add(queues, p.cqOff.six)), p.cqEntries),
	}, nil
}

func mapAt(fd int, offset int64, size uintptr) (unsafe.Pointer, error) {
	p, err := unix.MmapPtr(fd, offset, nil, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, fmt.Errorf("mmap io_uring: %w", err)
	}
	return p, nil
}

// push queues e for the next enter, or enters if there is no room.
func (r *ring) push(e sqe) error {
	if int(r.queued) == len(r.sqes) {
		if err := r.enter(0); err != nil {
			return err
		}
	}
	tail := *r.sqTail // only we write it
	r.sqes[tail&r.sqMask] = e
	atomic.StoreUint32(r.sqTail, tail+1)
	r.queued++
	return nil
}

// enter submits what is queued and waits for so many results.
func (r *ring) enter(wait uint32) error {
	for {
		n, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(r.fd), uintptr(r.queued), uintptr(wait), enterGetEvents, 0, 0)
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

// drain hands over the results that are there.
func (r *ring) drain(each func(cqe) error) error {
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

// address is p's, for the kernel. Whoever submits it keeps p.
func address(p []byte) uint64 { return uint64(uintptr(unsafe.Pointer(&p[0]))) }
