//go:build linux && kqueue

package kq

import (
	"container/list"
	"math"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// This is kqueue(2) on Linux: EVFILT_READ, EVFILT_WRITE and EVFILT_USER for
// pipes, sockets and whatever else epoll takes. It is written for the tests of
// this module; speed is no aim.
//
// Where the BSDs differ, it does what a program can rely on least:
//
//   - The flags of a note are those of its first EV_ADD, and another EV_ADD does
//     not enable it again.
//   - An error says nothing but EV_ERROR, its errno and what it is about.
//   - Errors and receipts come alone, at once, and one that finds no room ends
//     the call before the changes behind it.
//   - Closing the kqueue wakes nobody, and a signal ends a call with EINTR.
//   - A timeout of more than some years is EINVAL.
//   - EVFILT_WRITE of a pipe whose read end is closed is EBADF when added, as on
//     NetBSD, and never fires when the read end closes while the pipe is full.
//
// What it cannot do: tell that a descriptor was closed and a duplicate of the
// same file took its number, and give a socket's error in Fflags, because Linux
// tells that error only once and the user of the socket must get it.

// kqueues are the open ones by descriptor.
var kqueues = struct {
	sync.Mutex
	open map[int]*kqueue
}{open: map[int]*kqueue{}}

// A kqueue stands on two epoll instances, one per filter, so that an edge of one
// does not use up one of the other. They only say which notes to look at: the
// truth is what poll(2) says of the descriptor when an event is delivered.
type kqueue struct {
	in, out int // epoll; in is the kqueue's own number

	mu      sync.Mutex
	closed  bool
	notes   map[noteKey]*note
	tokens  map[uint64]*note // by what epoll knows them by
	token   uint64           // the last one given
	active  list.List        // the notes that may have an event, oldest first
	waiting []*sleeper
	idle    []*sleeper
	edges   [64]unix.EpollEvent
}

// A sleeper is one call that blocks.
type sleeper struct {
	event  int // eventfd
	called bool
}

func sysKqueue() (int, error) {
	in, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return -1, err
	}
	out, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		_ = unix.Close(in)
		return -1, err
	}
	// One sleeper from the start: a descriptor that appears with the first wait
	// takes a number that the program under test may look for.
	first, err := newSleeper()
	if err != nil {
		_, _ = unix.Close(in), unix.Close(out)
		return -1, err
	}
	q := &kqueue{in: in, out: out, notes: map[noteKey]*note{}, tokens: map[uint64]*note{}, idle: []*sleeper{first}}
	kqueues.Lock()
	defer kqueues.Unlock()
	kqueues.open[in] = q
	return in, nil
}

func sysClose(kq int) error {
	kqueues.Lock()
	q := kqueues.open[kq]
	delete(kqueues.open, kq)
	kqueues.Unlock()
	if q == nil {
		return unix.EBADF
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	for _, s := range q.idle {
		_ = unix.Close(s.event)
	}
	_ = unix.Close(q.out)
	return unix.Close(q.in)
}

func sysKevent(kq int, changes, events []Kevent, timeout *unix.Timespec) (int, error) {
	kqueues.Lock()
	q := kqueues.open[kq]
	kqueues.Unlock()
	if q == nil {
		return -1, unix.EBADF
	}
	deadline, err := deadlineOf(timeout)
	if err != nil {
		return -1, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return -1, unix.EBADF
	}
	q.drain() // what happened before the changes comes before them
	if n, err := q.register(changes, events); err != nil || n > 0 || len(events) == 0 {
		return n, err
	}
	return q.wait(events, deadline)
}

// timeoutMax is macOS's, in seconds.
const timeoutMax = 100_000_000

// deadlineOf returns the zero time for a call without a timeout.
func deadlineOf(timeout *unix.Timespec) (time.Time, error) {
	if timeout == nil {
		return time.Time{}, nil
	}
	sec, nsec := int64(timeout.Sec), int64(timeout.Nsec)
	if sec < 0 || sec > timeoutMax || nsec < 0 || nsec >= int64(time.Second) {
		return time.Time{}, unix.EINVAL
	}
	return time.Now().Add(time.Duration(sec)*time.Second + time.Duration(nsec)), nil
}

// register makes the changes in order. What failed, and what asked for a
// receipt, becomes an event.
func (q *kqueue) register(changes, events []Kevent) (n int, err error) {
	for _, c := range changes {
		c.Flags &^= EV_SYSFLAGS
		errno := q.apply(&c)
		if errno == 0 && c.Flags&EV_RECEIPT == 0 {
			continue
		}
		if n == len(events) {
			if errno == 0 {
				return 0, nil
			}
			return -1, errno
		}
		c.Flags, c.Data = EV_ERROR, int64(errno)
		events[n] = c
		n++
	}
	return n, nil
}

func (q *kqueue) apply(c *Kevent) unix.Errno {
	file, errno := fileOf(c)
	n := q.notes[keyOf(c)]
	if n != nil && (n.file != file || c.Flags&EV_ADD != 0 && q.watch(n, unix.EPOLL_CTL_MOD) != 0) {
		q.drop(n) // its descriptor was closed
		n = nil
	}
	switch {
	case errno != 0:
		return errno
	case n == nil && c.Flags&EV_ADD == 0:
		return unix.ENOENT
	case n == nil:
		if n, errno = q.add(c, file); errno != 0 {
			return errno
		}
	}
	if c.Flags&EV_DELETE != 0 {
		q.drop(n)
		return 0
	}
	q.touch(n, c)
	return 0
}

// touch lets a change act on a note.
func (q *kqueue) touch(n *note, c *Kevent) {
	if c.Flags&EV_ADD != 0 {
		n.udata = c.Udata
	}
	if c.Flags&EV_ENABLE != 0 {
		n.disabled = false
	}
	if c.Flags&EV_DISABLE != 0 {
		n.disabled = true
		q.deactivate(n)
	}
	if n.isUser() && c.Fflags&NOTE_TRIGGER != 0 {
		n.triggered = true
	}
	if _, ready := n.state(); ready {
		q.activate(n)
	}
}

func (q *kqueue) add(c *Kevent, file file) (*note, unix.Errno) {
	q.token++
	n := &note{
		noteKey: keyOf(c),
		file:    file,
		flags:   c.Flags & (EV_ONESHOT | EV_CLEAR),
		token:   q.token,
	}
	if n.isBrokenPipe() {
		return nil, unix.EBADF
	}
	errno := q.watch(n, unix.EPOLL_CTL_ADD)
	if errno == unix.EEXIST { // from a closed descriptor whose file lives on
		errno = q.watch(n, unix.EPOLL_CTL_MOD)
	}
	if errno != 0 {
		return nil, errno
	}
	q.notes[n.noteKey] = n
	q.tokens[n.token] = n
	return n, 0
}

// watch has epoll say when there is something new about n, or no longer. Unlike
// a look at the file it can tell one eventfd from another.
func (q *kqueue) watch(n *note, op int) unix.Errno {
	if n.isUser() {
		return 0
	}
	ep, interest := q.in, uint32(unix.EPOLLIN|unix.EPOLLRDHUP)
	if n.filter == EVFILT_WRITE {
		ep, interest = q.out, unix.EPOLLOUT
	}
	return errnoOf(unix.EpollCtl(ep, op, n.fd(), &unix.EpollEvent{
		Events: interest | unix.EPOLLET,
		Fd:     int32(n.token),
		Pad:    int32(n.token >> 32),
	}))
}

// drop forgets n. Epoll may have forgotten it before, and may go on about a
// descriptor that it can no longer be told to forget: no note has the token.
func (q *kqueue) drop(n *note) {
	q.deactivate(n)
	delete(q.notes, n.noteKey)
	delete(q.tokens, n.token)
	if now, errno := n.fileNow(); errno == 0 && now == n.file {
		_ = q.watch(n, unix.EPOLL_CTL_DEL)
	}
}

func (q *kqueue) activate(n *note) {
	if n.place != nil || n.disabled {
		return
	}
	n.place = q.active.PushBack(n)
	for _, s := range q.waiting {
		s.call()
	}
}

func (q *kqueue) deactivate(n *note) {
	if n.place != nil {
		q.active.Remove(n.place)
		n.place = nil
	}
}

// drain activates the notes that something is new about.
func (q *kqueue) drain() {
	for _, ep := range [...]int{q.in, q.out} {
		for more := true; more; {
			n, err := unix.EpollWait(ep, q.edges[:], 0)
			for i := range max(n, 0) {
				e := &q.edges[i]
				if n := q.tokens[uint64(uint32(e.Fd))|uint64(uint32(e.Pad))<<32]; n != nil {
					q.activate(n)
				}
			}
			more = err == unix.EINTR || n == len(q.edges)
		}
	}
}

// wait collects events until there are some or the deadline has passed.
func (q *kqueue) wait(events []Kevent, deadline time.Time) (int, error) {
	for {
		q.drain()
		if n := q.collect(events); n > 0 {
			return n, nil
		}
		left := time.Duration(math.MaxInt64)
		if !deadline.IsZero() {
			if left = time.Until(deadline); left <= 0 {
				return 0, nil
			}
		}
		if errno := q.block(left); errno != 0 {
			return -1, errno
		}
		if q.closed {
			return -1, unix.EBADF
		}
	}
}

// collect takes events from active notes, oldest first. A note that goes back to
// the end of the queue is not looked at twice.
func (q *kqueue) collect(events []Kevent) (n int) {
	for last := q.active.Back(); last != nil && n < len(events); {
		first := q.active.Front()
		if q.deliver(first.Value.(*note), &events[n]) {
			n++
		}
		if first == last {
			break
		}
	}
	return n
}

// deliver fills in the event of n, if it has one still.
func (q *kqueue) deliver(n *note, k *Kevent) bool {
	q.deactivate(n)
	if now, errno := n.fileNow(); errno != 0 || now != n.file {
		q.drop(n)
		return false
	}
	state, ready := n.state()
	if !ready {
		return false
	}
	n.fill(k, state)
	switch {
	case n.flags&EV_ONESHOT != 0:
		q.drop(n)
	case n.flags&EV_CLEAR != 0:
		n.triggered = false
	default:
		q.activate(n)
	}
	return true
}

// block sleeps until an epoll instance or another call has news, without the
// lock.
func (q *kqueue) block(left time.Duration) unix.Errno {
	s, errno := q.lieDown()
	if errno != 0 {
		return errno
	}
	fds := []unix.PollFd{
		{Fd: int32(q.in), Events: unix.POLLIN},
		{Fd: int32(q.out), Events: unix.POLLIN},
		{Fd: int32(s.event), Events: unix.POLLIN},
	}
	limit := unix.NsecToTimespec(int64(left))
	q.mu.Unlock()
	_, err := unix.Ppoll(fds, &limit, nil)
	q.mu.Lock()
	q.getUp(s)
	return errnoOf(err)
}

func (q *kqueue) lieDown() (*sleeper, unix.Errno) {
	var s *sleeper
	if last := len(q.idle) - 1; last >= 0 {
		s, q.idle = q.idle[last], q.idle[:last]
	} else {
		var err error
		if s, err = newSleeper(); err != nil {
			return nil, errnoOf(err)
		}
	}
	q.waiting = append(q.waiting, s)
	return s, 0
}

func newSleeper() (*sleeper, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, err
	}
	return &sleeper{event: fd}, nil
}

func (q *kqueue) getUp(s *sleeper) {
	for i := range q.waiting {
		if q.waiting[i] == s {
			q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
			break
		}
	}
	if q.closed {
		_ = unix.Close(s.event)
		return
	}
	if s.called {
		var count [8]byte
		_, _ = unix.Read(s.event, count[:])
		s.called = false
	}
	q.idle = append(q.idle, s)
}

// call ends the sleep of s.
func (s *sleeper) call() {
	if !s.called {
		s.called = true
		_, _ = unix.Write(s.event, []byte{0: 1, 7: 0})
	}
}

// errnoOf is the number in what x/sys returns; zero stands for nil.
func errnoOf(err error) unix.Errno {
	errno, _ := err.(unix.Errno)
	return errno
}
