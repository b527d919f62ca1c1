//go:build linux

package ring

import (
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// Ring is one io_uring. Open makes it; see the package comment for its use.
type Ring struct {
	fd       int
	features uint32
	flags    uint32
	sq       submissionQueue
	cq       completionQueue
	maps     mappings

	enters    atomic.Uint64 // calls of io_uring_enter
	overflows atomic.Uint64 // how often the kernel was seen to hold results that did not fit
	foreign   atomic.Bool   // the task work flagged is another thread's
	deferred  error         // met in Reap, to be returned by the next Submit
	astray    bool          // the descriptor's number is not the ring's any more

	probe    *Probe
	probeErr error

	files  files
	keeper keeper

	waitArg  geteventsArg
	waitSpec Timespec

	closeMu sync.Mutex
	closed  atomic.Bool
}

// submissionQueue is our half of the SQ: we own the tail, the kernel the head.
type submissionQueue struct {
	khead  *uint32 // the kernel's, moved by io_uring_enter
	ktail  *uint32 // ours, as the kernel sees it
	kflags *uint32
	sqes   []SQE
	mask   uint32
	tail   uint32 // slots handed out; ahead of *ktail until they are published
}

// completionQueue is our half of the CQ: the kernel owns the tail, we the head.
type completionQueue struct {
	khead  *uint32 // ours, as the kernel sees it
	ktail  *uint32 // the kernel's
	kflags *uint32 // ours: IORING_CQ_EVENTFD_DISABLED; nil before Linux 5.12
	cqes   []CQE
	mask   uint32
	head   uint32
}

// FD is the ring's descriptor. It is readable, to poll(2), while results wait.
// The Ring keeps owning it, and after Close there is none: -1.
func (r *Ring) FD() int {
	if r.closed.Load() {
		return noFD
	}
	return r.fd
}

// SQEntries is the size of the submission queue that the kernel gave.
func (r *Ring) SQEntries() int { return len(r.sq.sqes) }

// CQEntries is the size of the completion queue that the kernel gave.
func (r *Ring) CQEntries() int { return len(r.cq.cqes) }

// Features are the IORING_FEAT_ bits of the kernel.
func (r *Ring) Features() uint32 { return r.features }

// SetupFlags are the IORING_SETUP_ flags that the kernel accepted.
func (r *Ring) SetupFlags() uint32 { return r.flags }

// Enters counts the calls of io_uring_enter.
func (r *Ring) Enters() uint64 { return r.enters.Load() }

// Overflows counts how often the kernel was seen to hold results that did not
// fit the completion queue. None of them is lost; a larger queue is faster.
func (r *Ring) Overflows() uint64 { return r.overflows.Load() }

// Next returns the next free submission slot with all its 64 bytes zero, or
// nil when the queue is full (Submit makes room) or the ring is closed.
//
// The slot is the kernel's from the next Submit on. It is zeroed because the kernel
// refuses an operation whose unused fields are set: what the slot's last user left
// in rw_flags or addr3 would fail the next one with EINVAL or EOPNOTSUPP.
func (r *Ring) Next() *SQE {
	q := &r.sq
	if r.closed.Load() || q.tail-atomic.LoadUint32(q.khead) >= uint32(len(q.sqes)) {
		return nil
	}
	s := &q.sqes[q.tail&q.mask]
	q.tail++
	*s = SQE{}
	return s
}

// NextPair returns two adjacent slots for a linked pair, or nil, nil when
// there is no room for both: half a pair would run without its other half.
func (r *Ring) NextPair() (a, b *SQE) {
	if r.SQEntries()-r.Pending() < 2 {
		return nil, nil
	}
	return r.Next(), r.Next()
}

// Pending counts the slots handed out and not yet consumed by the kernel.
func (r *Ring) Pending() int {
	if r.closed.Load() {
		return 0
	}
	return int(r.sq.tail - atomic.LoadUint32(r.sq.khead))
}

// Holds reports whether a submission with userData is Pending.
func (r *Ring) Holds(userData uint64) bool {
	for i := atomic.LoadUint32(r.sq.khead); i != r.sq.tail; i++ {
		if r.sq.sqes[i&r.sq.mask].UserData == userData {
			return true
		}
	}
	return false
}

// Submit gives every filled slot to the kernel and returns how many it took.
//
// It enters the kernel as often as that needs: again after a signal, and again
// after a short count. When the kernel is out of memory (EAGAIN) or cannot
// flush overflowed results (EBUSY), Submit returns a nil error and leaves the
// rest Pending: reap, then submit again. With nothing filled and nothing asked
// for by the kernel there is no system call.
func (r *Ring) Submit() (n int, err error) {
	n = r.Pending()
	left, err := r.submit(sysEnter)
	return n - left, err
}

// SubmitHeavy is Submit for a batch that may take long, such as buffered file
// reads that are copied inside the call: the scheduler is told, and can run
// other goroutines meanwhile.
func (r *Ring) SubmitHeavy() (n int, err error) {
	n = r.Pending()
	left, err := r.submit(sysEnterHeavy)
	return n - left, err
}

// An entering is a way to enter the kernel.
type entering func(fd int, toSubmit, flags uint32) unix.Errno

// submit is Submit by a way to enter, and returns what is left Pending.
func (r *Ring) submit(by entering) (left int, err error) {
	if r.deferred != nil || r.closed.Load() {
		return r.Pending(), r.unusable()
	}
	// A release: what is in the slots is visible before the tail is.
	atomic.StoreUint32(r.sq.ktail, r.sq.tail)
	for {
		todo, flags := r.sq.tail-atomic.LoadUint32(r.sq.khead), uint32(0)
		if asks := atomic.LoadUint32(r.sq.kflags) & askFlags; asks != 0 || r.foreign.Load() {
			flags = r.noteAsks(asks)
		}
		if todo == 0 && flags == 0 {
			return 0, nil
		}
		r.enters.Add(1)
		errno := by(r.fd, todo, flags)
		if flags != 0 {
			r.noteForeign()
		}
		// The head, not the return value, says what was consumed: it is right
		// after an error too.
		rest := r.sq.tail - atomic.LoadUint32(r.sq.khead)
		switch {
		case errno == unix.EINTR: // SIGURG, the runtime's preemption, arrives at any time
		case errno != 0 && !later(errno):
			return int(rest), r.failed(errno)
		case errno != 0 || rest == 0 || rest == todo:
			return int(rest), nil
		}
	}
}

// unusable returns the error of a closed ring, or one that Reap met.
func (r *Ring) unusable() error {
	if r.closed.Load() {
		return ErrClosed
	}
	err := r.deferred
	r.deferred = nil
	return err
}

// later reports whether errno means: not now, reap and try again.
func later(errno unix.Errno) bool {
	return errno == unix.EAGAIN || // no memory for the request
		errno == unix.EBUSY // overflowed results do not fit the CQ
}

// askFlags are the kernel's two ways to ask for an enter with GETEVENTS:
// only that flushes overflowed results (io_uring_enter(2)), and with
// IORING_SETUP_COOP_TASKRUN only an enter runs what makes the results.
const askFlags = IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN

// noteAsks counts an overflow among what the kernel asks for, and returns the flags
// to enter with.
func (r *Ring) noteAsks(asks uint32) (flags uint32) {
	if asks&IORING_SQ_CQ_OVERFLOW != 0 {
		r.overflows.Add(1)
	}
	if asks&IORING_SQ_TASKRUN == 0 {
		r.foreign.Store(false)
	}
	if asks != 0 {
		flags = IORING_ENTER_GETEVENTS
	}
	return flags
}

// noteForeign looks whether work is left after an enter that ran ours. It then
// belongs to the thread that submitted the operation: with COOP_TASKRUN the
// kernel does not interrupt that thread, and no other can do its work. See
// BenchmarkRecvWhileSubmitterComputes for what that costs.
func (r *Ring) noteForeign() {
	r.foreign.Store(atomic.LoadUint32(r.sq.kflags)&IORING_SQ_TASKRUN != 0)
}

// Ready reports whether Reap has something to do: a result is visible, or the
// kernel asks to be entered for one.
//
// It may be called beside the goroutine that uses the ring, though not beside
// Close: so it looks at what we tell the kernel of our head.
//
// Work that belongs to another thread does not count once an enter has shown
// that it does: a loop that spun on it would burn a processor until that
// thread's next timer tick. The descriptor becomes readable when it is done.
func (r *Ring) Ready() bool {
	if r.closed.Load() {
		return false
	}
	flags := atomic.LoadUint32(r.sq.kflags) & askFlags
	if r.foreign.Load() {
		flags &^= IORING_SQ_TASKRUN
	}
	return flags != 0 || atomic.LoadUint32(r.cq.ktail) != atomic.LoadUint32(r.cq.khead)
}

// Mute has the kernel leave the eventfd alone, or not. Results that arrive while
// it is muted are not told of later: look for them after it is lifted. Before
// Linux 5.12 it does nothing.
func (r *Ring) Mute(on bool) {
	if r.cq.kflags == nil || r.closed.Load() {
		return
	}
	var flags uint32
	if on {
		flags = IORING_CQ_EVENTFD_DISABLED
	}
	atomic.StoreUint32(r.cq.kflags, flags)
}

// Reap copies results into dst without blocking, oldest first, and returns how many.
//
// Results that overflowed the queue or wait for us to enter the kernel are
// fetched first. There may be more when dst was filled and while Ready says so.
func (r *Ring) Reap(dst []CQE) int {
	if r.closed.Load() {
		return 0
	}
	if asks := atomic.LoadUint32(r.sq.kflags) & askFlags; asks != 0 || r.foreign.Load() {
		r.fetch(asks)
	}
	q := &r.cq
	// The load is an acquire: what the kernel wrote before it moved the tail is visible.
	n := min(int(atomic.LoadUint32(q.ktail)-q.head), len(dst))
	if n == 0 {
		return 0
	}
	// The queue may wrap: first what is before the end, then the rest.
	first := copy(dst[:n], q.cqes[q.head&q.mask:])
	copy(dst[first:n], q.cqes)
	q.head += uint32(n)
	atomic.StoreUint32(q.khead, q.head) // gives their slots back to the kernel
	return n
}

// fetch enters the kernel if it asks for that.
func (r *Ring) fetch(asks uint32) {
	flags := r.noteAsks(asks)
	full := atomic.LoadUint32(r.cq.ktail)-r.cq.head == uint32(len(r.cq.cqes))
	if flags == 0 || asks == IORING_SQ_CQ_OVERFLOW && full {
		return // the overflow could go nowhere; it is fetched when there is room
	}
	errno := unix.EINTR
	for errno == unix.EINTR {
		r.enters.Add(1)
		errno = sysEnter(r.fd, 0, flags)
	}
	r.noteForeign()
	if errno != 0 && !later(errno) {
		r.deferred = r.failed(errno) // Reap has no error to return: Submit does
	}
}

// Close unmaps the queues and closes the descriptor. Calling it again, also at
// the same time from another goroutine, does nothing and returns nil.
//
// Closing cancels nothing that is in flight and waits for nothing: the kernel
// tears the ring down later, in a thread of its own (liburing#329). A caller that
// lent buffers cancels and reaps first, or keeps them for ever.
func (r *Ring) Close() error {
	r.closeMu.Lock()
	defer r.closeMu.Unlock()
	if r.closed.Swap(true) {
		return nil
	}
	r.keeper.end()
	if r.astray {
		return r.maps.unmap() // the number may be somebody else's
	}
	return firstError(r.maps.unmap(), unix.Close(r.fd))
}
