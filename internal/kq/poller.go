//go:build darwin || dragonfly || freebsd || netbsd || openbsd || (linux && kqueue)

package kq

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// batchMax is how many changes go into the kernel, and how many events come
	// out of it, in one call. There is always room for as many events as there
	// are changes: each of them may fail, and without room for it an error
	// ends the call before the changes behind it are made.
	batchMax = 256

	// waitMax is the longest that one call waits: macOS refuses more than some
	// years. A Wait that ends early is told to be fine.
	waitMax = 1e6 * time.Second
)

// The loop's states of sleep.
const (
	awake  uint32 = iota // not waiting
	asleep               // waiting, or about to: a Wake needs the kernel
	woken                // told to wake up, and not yet back from that
)

// errClosed is what a closed poller answers. It satisfies errors.Is for
// os.ErrClosed.
var errClosed = fmt.Errorf("kqueue poller: %w", os.ErrClosed)

// errLost is what a poller answers once it could not wake its loop.
var errLost = fmt.Errorf("waking up a kqueue, whose descriptor something else has closed: %w", unix.EBADF)

// A Poller tells when a descriptor would not block. It satisfies
// readiness.Poller, which says what its methods promise.
type Poller struct {
	kq     int
	waker  waker
	calls  atomic.Uint64
	sleep  atomic.Uint32
	noWait unix.Timespec // zero, never written to

	// gate is held shared during a call on one of the poller's descriptors and
	// whole to close them, so that no call meets a number that came to mean
	// another file. Once closing is set, no call begins.
	gate    sync.RWMutex
	closing atomic.Bool
	lost    atomic.Bool // a wake-up could not be sent

	// The rest is the loop's.

	watches map[int]*watch // by descriptor; entries stay, numbers come back

	// changed[taken:] are the watches whose wishes the kernel does not know. They
	// go into it with the next call, so that arming costs none of its own.
	changed []*watch
	taken   int

	ready   []*watch // with an event that has not been told
	drained bool     // when asked last, the kernel had no more events
	changes []Kevent
	events  []Kevent
	timeout unix.Timespec
}

// Open makes a poller.
func Open() (*Poller, error) {
	kq, err := sysKqueue()
	if err != nil {
		return nil, fmt.Errorf("kqueue: %w", err)
	}
	p := &Poller{
		kq:      kq,
		watches: map[int]*watch{},
		changes: make([]Kevent, 0, batchMax),
		events:  make([]Kevent, batchMax),
	}
	if err := p.openWaker(); err != nil {
		return nil, errors.Join(fmt.Errorf("preparing to wake up a kqueue: %w", err), sysClose(kq))
	}
	return p, nil
}

// Name is "kqueue".
func (p *Poller) Name() string { return "kqueue" }

// SystemCalls counts the calls of kevent, and what waking by a pipe takes.
func (p *Poller) SystemCalls() uint64 { return p.calls.Load() }

// Arm asks to be told once when fd is ready. The kernel hears of it with the
// next Wait or Events. What it has against fd makes fd ready both ways: the
// caller tries, and meets the reason. If that try would block all the same, the
// next Arm returns the kernel's error at once.
func (p *Poller) Arm(fd int, read, write bool) error {
	w, err := p.watchOf(fd)
	if err != nil {
		return err
	}
	if !read && !write {
		p.Disarm(fd)
		return nil
	}
	if w.edges {
		p.dropReads(w)
	}
	return p.ask(w, wish(read, write))
}

// ask has the kernel hear that these sides of w are wanted.
func (p *Poller) ask(w *watch, want side) error {
	w.want = want
	if w.doubtful {
		return p.armNow(w)
	}
	p.change(w)
	return nil
}

// armNow makes the changes of w one by one and returns the error of the one that
// matters. The descriptor then keeps no note.
func (p *Poller) armNow(w *watch) error {
	changes := w.appendChanges(p.changes[:0])
	w.note |= w.watched()
	for i := range changes {
		err := p.makeChange(changes[i : i+1])
		if err == nil || w.want&sideOf(&changes[i]) == 0 {
			continue
		}
		if broken(w.fd, err) {
			w.ready = both
			p.list(w)
			break
		}
		w.told(both)
		p.change(w)
		return err
	}
	w.doubtful = false
	return nil
}

func (p *Poller) makeChange(change []Kevent) error {
	for {
		if _, err := p.kevent(change, nil, nil); !interrupted(err) {
			return err
		}
	}
}

// Disarm takes back what was asked for fd. An event for it that Wait has found
// already is not told. The note of Watch stays until it fires: mostly the descriptor
// is about to be closed, and takes it along.
func (p *Poller) Disarm(fd int) {
	w := p.watches[fd]
	if w == nil {
		return
	}
	w.want, w.ready, w.doubtful = 0, 0, false
	if w.note != 0 && !w.edges || w.note&writing != 0 {
		p.change(w)
	}
}

// Wait blocks in the kernel, where it holds a thread: Go's network poller, a
// kqueue itself, does not watch another.
func (p *Poller) Wait(deadline time.Time) error {
	if len(p.ready) > 0 {
		return nil
	}
	if !p.sleep.CompareAndSwap(awake, asleep) {
		p.sleep.Store(awake) // a Wake came before
		return nil
	}
	err := p.wait(deadline)
	p.sleep.Swap(awake)
	return err
}

// wait sleeps on when all that came was the complaint of a change nobody cares
// for, the event of a descriptor nobody asked about, or a wake-up that was too
// late for the Wait it was meant for.
func (p *Poller) wait(deadline time.Time) error {
	for {
		_, n, err := p.exchange(p.pending(), p.until(deadline))
		switch {
		case interrupted(err):
			return nil
		case err != nil:
			return err
		case len(p.ready) > 0 || p.sleep.Load() == woken:
			return nil
		case n == 0 && p.pending() == 0:
			return nil // the time is up
		}
	}
}

// Events calls tell for every descriptor that is ready now. It ends: each note
// fires once, and what tell arms waits for the next call.
func (p *Poller) Events(tell func(fd int, read, write bool)) error {
	todo := p.pending()
	if len(p.ready) > 0 && p.drained && todo == 0 {
		p.report(tell) // Wait has just asked
		return nil
	}
	for {
		p.report(tell)
		done, _, err := p.exchange(todo, &p.noWait)
		if interrupted(err) {
			continue
		}
		if err != nil {
			return err
		}
		if todo -= done; todo == 0 && p.drained {
			p.report(tell)
			return nil
		}
	}
}

// report tells what is ready and still wanted.
func (p *Poller) report(tell func(fd int, read, write bool)) {
	for _, w := range p.ready {
		got := w.ready
		w.ready, w.listed = 0, false
		if got&w.want == 0 {
			continue
		}
		w.told(got)
		tell(w.fd, got&reading != 0, got&writing != 0)
	}
	p.ready = p.ready[:0]
}

// Wake ends a Wait, or the next. It enters the kernel only if the loop sleeps.
func (p *Poller) Wake() {
	if p.sleep.Swap(woken) != asleep {
		return
	}
	p.gate.RLock()
	defer p.gate.RUnlock()
	if !p.closing.Load() {
		p.trigger()
	}
}

// Close gives back the descriptors. A Wait that is under way ends first, with an
// error, as do all later ones.
func (p *Poller) Close() error {
	if p.closing.Swap(true) {
		return nil
	}
	// A waiter would not hear of its kqueue's end. The trigger reaches one that
	// got in before closing was set; none gets in after.
	p.gate.RLock()
	p.trigger()
	p.gate.RUnlock()
	p.gate.Lock()
	defer p.gate.Unlock()
	return errors.Join(p.closeWaker(), sysClose(p.kq))
}

// change queues w for the next call.
func (p *Poller) change(w *watch) {
	if !w.queued {
		w.queued = true
		p.changed = append(p.changed, w)
	}
}

// pending is how many watches the kernel has not heard of.
func (p *Poller) pending() int { return len(p.changed) - p.taken }

// exchange is one call: the changes of at most todo watches go into the kernel
// and events come out. It does not wait if there is more to put in. It returns
// for how many watches and how many events that was.
//
// After an interrupted call the changes are made again. By the manuals they have
// been made, but twice does no harm.
func (p *Poller) exchange(todo int, timeout *unix.Timespec) (done, n int, err error) {
	done = p.stage(todo)
	if done < p.pending() {
		timeout = &p.noWait
	}
	n, err = p.kevent(p.changes, p.events, timeout)
	if interrupted(err) {
		return 0, 0, err
	}
	if err != nil {
		return 0, 0, fmt.Errorf("kevent: %w", err)
	}
	p.commit(done)
	p.drained = n < len(p.events)
	for i := range p.events[:n] {
		p.absorb(&p.events[i])
	}
	return done, n, nil
}

// stage fills in the changes for the next call and returns how many watches they
// are for.
func (p *Poller) stage(todo int) int {
	p.changes = p.changes[:0]
	for i, w := range p.changed[p.taken : p.taken+todo] {
		if len(p.changes)+changesPerWatch > batchMax {
			return i
		}
		p.changes = w.appendChanges(p.changes)
	}
	return todo
}

// commit notes that the kernel knows the first n pending watches.
func (p *Poller) commit(n int) {
	for _, w := range p.changed[p.taken : p.taken+n] {
		w.queued = false
		w.note = w.watched()
		w.edges = w.watchesEdges()
	}
	p.taken += n
	if 2*p.taken >= len(p.changed) {
		p.changed = p.changed[:copy(p.changed, p.changed[p.taken:])]
		p.taken = 0
	}
}

// absorb takes in one event.
func (p *Poller) absorb(k *Kevent) {
	if p.isWake(k) {
		return
	}
	w := p.watches[int(k.Ident)]
	if w == nil {
		return
	}
	if w.absorb(k) {
		// Errors come instead of events: there may be some.
		p.drained = false
	}
	if w.edges && w.want == 0 {
		p.change(w) // it fires still
	}
	p.list(w)
}

// list queues w to be told, if there is something to tell.
func (p *Poller) list(w *watch) {
	if w.ready != 0 && !w.listed {
		w.listed = true
		p.ready = append(p.ready, w)
	}
}

// until is a deadline as kevent takes it.
func (p *Poller) until(deadline time.Time) *unix.Timespec {
	if deadline.IsZero() {
		return nil
	}
	left := min(max(time.Until(deadline), 0), waitMax)
	p.timeout = unix.NsecToTimespec(int64(left))
	return &p.timeout
}

func (p *Poller) kevent(changes, events []Kevent, timeout *unix.Timespec) (int, error) {
	p.gate.RLock()
	defer p.gate.RUnlock()
	switch {
	case p.closing.Load():
		return 0, errClosed
	case p.lost.Load():
		return 0, errLost
	}
	p.calls.Add(1)
	return sysKevent(p.kq, changes, events, timeout)
}

// interrupted reports whether a call ended without having failed. macOS has been
// seen to answer ETIMEDOUT where it should say that nothing came (golang/go
// issue 59679).
func interrupted(err error) bool { return err == unix.EINTR || err == unix.ETIMEDOUT }
