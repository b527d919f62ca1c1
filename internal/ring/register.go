//go:build linux

package ring

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// RegisterEventfd has the kernel write to the eventfd fd when results arrive. The
// ring keeps what is behind the descriptor.
func (r *Ring) RegisterEventfd(fd int) error {
	if r.closed.Load() {
		return ErrClosed
	}
	return registerError("eventfd", sysRegisterEventfd(r.fd, fd))
}

func registerError(what string, errno unix.Errno) error {
	if errno == 0 {
		return nil
	}
	return fmt.Errorf("io_uring_register: %s: %w", what, errno)
}

// A thread of the kernel posts the result of what it has carried out before it
// lets go of the file. To know when it has, such an operation gets the file as a
// registered one, with a tag: when the registration is undone, the kernel posts a
// result with the tag once nobody uses the file (io_uring_register(2),
// IORING_REGISTER_FILES_UPDATE2). The operation ends only then.
//
// files are the slots of the registered files. They need Linux 5.19. Without a free slot the
// kernel may hold the file for a moment after the result.
type files struct {
	made   bool
	free   []uint32
	number int32  // the descriptor, and
	tag    uint64 // the tag, for the kernel to read
}

// filesMax is how many operations at a time can have a registered file.
const filesMax = 256

// lend registers the descriptor fd until reclaim, and returns the slot.
func (r *Ring) lend(fd int, tag uint64) (slot uint32, ok bool) {
	if !r.files.made {
		r.files.made = true
		r.makePlaces()
	}
	n := len(r.files.free)
	if n == 0 {
		return 0, false
	}
	slot = r.files.free[n-1]
	if r.update(slot, fd, tag) != 0 {
		return 0, false
	}
	r.files.free = r.files.free[:n-1]
	return slot, true
}

// reclaim undoes lend, and reports whether the tag's result will come.
func (r *Ring) reclaim(slot uint32) bool {
	if r.update(slot, noFD, 0) != 0 {
		return false
	}
	r.files.free = append(r.files.free, slot)
	return true
}

func (r *Ring) update(slot uint32, fd int, tag uint64) unix.Errno {
	f := &r.files
	f.number, f.tag = int32(fd), tag
	return sysUpdateFiles(r.fd, &rsrcUpdate{offset: slot, data: ptrOf(&f.number), tags: ptrOf(&f.tag), nr: 1})
}

func (r *Ring) makePlaces() {
	if sysRegisterFiles(r.fd, &rsrcRegister{nr: filesMax, flags: IORING_RSRC_REGISTER_SPARSE}) != 0 {
		return
	}
	for slot := range uint32(filesMax) {
		r.files.free = append(r.files.free, filesMax-1-slot)
	}
}

// Settle returns when the kernel has dropped its references to the files of all results that
// were reaped, except for results of its own threads. The kernel posts a result and drops the
// reference while it holds the ring's lock, which Settle takes. Any goroutine may call it, at any
// time.
func (r *Ring) Settle() {
	r.closeMu.Lock()
	defer r.closeMu.Unlock()
	if !r.closed.Load() {
		sysSettle(r.fd)
	}
}

// LimitWorkers bounds how many threads of its own the kernel uses for each thread
// that submits: since Linux 5.15; before, it has a limit for files alone.
func (r *Ring) LimitWorkers(most int) {
	limits := [2]uint32{uint32(most), uint32(most)}
	_ = sysLimitWorkers(r.fd, &limits) // it is a precaution
}
