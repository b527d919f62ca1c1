//go:build linux

package ring

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ptrOf is p as the kernel wants it, 0 for nil. It keeps nothing alive: see the package
// comment for who must.
//
// It makes what p points at escape to the heap. To the compiler an address that became
// a number is forgotten: it would leave the variable on the stack, which moves
// when it grows, while the kernel keeps writing to where it was. The condition
// is never true, but the compiler does not know that.
func ptrOf[T any](p *T) uint64 {
	if escape.on {
		escape.p = unsafe.Pointer(p)
	}
	return uint64(uintptr(unsafe.Pointer(p)))
}

var escape struct {
	on bool
	p  unsafe.Pointer
}

// addrOf is ptrOf b's first byte, and 0 for an empty b: the kernel is never given a
// pointer to memory that holds no byte.
func addrOf(b []byte) uint64 {
	if len(b) == 0 {
		return 0
	}
	return ptrOf(unsafe.SliceData(b))
}

func sysSetup(entries uint32, p *params) (int, unix.Errno) {
	fd, _, errno := unix.Syscall(unix.SYS_IO_URING_SETUP, uintptr(entries), uintptr(unsafe.Pointer(p)), 0)
	return int(fd), errno
}

// sysEnter enters without telling the scheduler: the P stays ours, which is
// right for a call that cannot block. BenchmarkNopHeavy has the difference.
func sysEnter(fd int, toSubmit, flags uint32) unix.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_IO_URING_ENTER,
		uintptr(fd), uintptr(toSubmit), 0, uintptr(flags), 0, 0)
	return errno
}

// sysEnterHeavy is sysEnter through the scheduler, which can hand our P to
// another goroutine when the call takes long.
func sysEnterHeavy(fd int, toSubmit, flags uint32) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER,
		uintptr(fd), uintptr(toSubmit), 0, uintptr(flags), 0, 0)
	return errno
}

// sysEnterWait blocks until minComplete results are there. arg may be nil,
// and then the wait has no limit.
func sysEnterWait(fd int, toSubmit, minComplete uint32, arg *geteventsArg) unix.Errno {
	flags, size := IORING_ENTER_GETEVENTS, uintptr(0)
	if arg != nil {
		// The size is a signal set's without EXT_ARG and the argument's with it.
		flags, size = flags|IORING_ENTER_EXT_ARG, unsafe.Sizeof(*arg)
	}
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_ENTER, uintptr(fd), uintptr(toSubmit),
		uintptr(minComplete), uintptr(flags), uintptr(unsafe.Pointer(arg)), size)
	return errno
}

func sysRegister(fd int, op uint32, arg unsafe.Pointer, n uint32) unix.Errno {
	_, _, errno := unix.Syscall6(unix.SYS_IO_URING_REGISTER,
		uintptr(fd), uintptr(op), uintptr(arg), uintptr(n), 0, 0)
	return errno
}

func sysProbe(fd int, arg *probeArg) unix.Errno {
	return sysRegister(fd, IORING_REGISTER_PROBE, unsafe.Pointer(arg), probeOpsMax)
}

func sysRegisterEventfd(fd, eventfd int) unix.Errno {
	arg := int32(eventfd)
	return sysRegister(fd, IORING_REGISTER_EVENTFD, unsafe.Pointer(&arg), 1)
}

// sysCancelAll has the kernel stop all it has of a ring, without io_uring_enter.
func sysCancelAll(fd int, arg *syncCancelArg) unix.Errno {
	return sysRegister(fd, IORING_REGISTER_SYNC_CANCEL, unsafe.Pointer(arg), 1)
}

func sysRegisterFiles(fd int, arg *rsrcRegister) unix.Errno {
	return sysRegister(fd, IORING_REGISTER_FILES2, unsafe.Pointer(arg), uint32(unsafe.Sizeof(*arg)))
}

func sysUpdateFiles(fd int, arg *rsrcUpdate) unix.Errno {
	return sysRegister(fd, IORING_REGISTER_FILES_UPDATE2, unsafe.Pointer(arg), uint32(unsafe.Sizeof(*arg)))
}

func sysLimitWorkers(fd int, limits *[2]uint32) unix.Errno {
	return sysRegister(fd, IORING_REGISTER_IOWQ_MAX_WORKERS, unsafe.Pointer(limits), uint32(len(limits)))
}

func sysRestrict(fd int, allowed []restriction) unix.Errno {
	return sysRegister(fd, IORING_REGISTER_RESTRICTIONS, unsafe.Pointer(&allowed[0]), uint32(len(allowed)))
}

func sysEnable(fd int) unix.Errno { return sysRegister(fd, IORING_REGISTER_ENABLE_RINGS, nil, 0) }

// sysSettle takes the ring's lock and gives it back: a probe of no operations does
// nothing else, and does not wait for what is in flight.
func sysSettle(fd int) {
	var arg [16]byte // struct io_uring_probe
	_ = sysRegister(fd, IORING_REGISTER_PROBE, unsafe.Pointer(&arg), 0)
}

// sysStatSelf asks for the type of the file behind fd, and asks no server.
func sysStatSelf(fd int, to *unix.Statx_t) unix.Errno {
	_, _, errno := unix.RawSyscall6(unix.SYS_STATX, uintptr(fd), uintptr(unsafe.Pointer(&noPath)),
		unix.AT_EMPTY_PATH|unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, uintptr(unsafe.Pointer(to)), 0)
	return errno
}

var noPath [1]byte

// sysFlags is the descriptor's O_ flags; none if it is not open, which the operation
// will find out.
func sysFlags(fd int) int {
	flags, _, errno := unix.RawSyscall(unix.SYS_FCNTL, uintptr(fd), unix.F_GETFL, 0)
	if errno != 0 {
		return 0
	}
	return int(flags)
}

// sysLinger asks a socket for SO_LINGER.
func sysLinger(fd int, to *unix.Linger) unix.Errno {
	size := uint32(unsafe.Sizeof(*to))
	_, _, errno := unix.RawSyscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_LINGER,
		uintptr(unsafe.Pointer(to)), uintptr(unsafe.Pointer(&size)), 0)
	return errno
}

// sysConnect is connect(2).
func sysConnect(fd int, name []byte) unix.Errno {
	_, _, errno := unix.Syscall(unix.SYS_CONNECT, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(name))), uintptr(len(name)))
	return errno
}

// sysTransferNothing is preadv2(2) or pwritev2(2) of no buffers, which comes no further
// than to the checks of the descriptor.
func sysTransferNothing(call uintptr, fd int, offset int64) unix.Errno {
	_, _, errno := unix.RawSyscall6(call, uintptr(fd), 0, 0, uintptr(offset), uintptr(offset>>32), 0)
	return errno
}

// region is one mapping of the ring's descriptor.
type region struct {
	base unsafe.Pointer
	size uintptr
}

// mapRegion maps size bytes at the magic offset off.
func mapRegion(fd int, off int64, size uintptr) (region, error) {
	base, err := unix.MmapPtr(fd, off, nil, size,
		unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return region{}, err
	}
	m := region{base, size}
	// A forked child must not share the queues: two writers of one tail would
	// submit each other's half-filled slots.
	if err := unix.Madvise(unsafe.Slice((*byte)(base), size), unix.MADV_DONTFORK); err != nil {
		return region{}, fmt.Errorf("madvise MADV_DONTFORK: %w", firstError(err, m.unmap()))
	}
	return m, nil
}

// unmap is safe on the zero region and a second time.
func (m *region) unmap() error {
	if m.base == nil {
		return nil
	}
	base := m.base
	m.base = nil
	return unix.MunmapPtr(base, m.size)
}

// word is the 32-bit word at off. The kernel lays all of them out aligned.
func (m *region) word(off uint32) *uint32 {
	return (*uint32)(unsafe.Add(m.base, off))
}

func (m *region) words(off, n uint32) []uint32 {
	return unsafe.Slice(m.word(off), n)
}

func (m *region) sqes(n uint32) []SQE {
	return unsafe.Slice((*SQE)(m.base), n)
}

func (m *region) cqes(off, n uint32) []CQE {
	return unsafe.Slice((*CQE)(unsafe.Add(m.base, off)), n)
}

const (
	sqeSize  = unsafe.Sizeof(SQE{})
	cqeSize  = unsafe.Sizeof(CQE{})
	wordSize = unsafe.Sizeof(uint32(0))
)
