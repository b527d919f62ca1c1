package fdcall

import (
	"errors"
	"syscall"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/vector"
	"github.com/awaitio/awaitio/proactor"
)

// A lentTransfer is a transfer that its caller may leave, and what the kernel gets of it: memory that is
// lent, or a Buffer's. Or it is one that the caller must wait for, of the caller's own memory.
//
//	lent, or a Buffer's  ended by the kernel: what was read is copied to the caller
//	                     left: late discards the result, and the memory goes back
//	the caller's own     is waited for
type lentTransfer struct {
	d     *Descriptor
	asked Transfer // by the caller
	t     Transfer // as it is made
	mem   *block   // nil: not lent
	taken int64    // bytes of the quotas

	counted bool // by the device, since period
	period  uint32
}

// canLeave reports whether the kernel has nothing that is the caller's.
func (l *lentTransfer) canLeave() bool { return l.mem != nil || l.asked.Lent != nil }

// ErrNoRoom is why a transfer that was not to wait for its turn has not begun.
var ErrNoRoom = errors.New("no room")

// lend prepares t. Where it has to wait for memory, what ends c ends the wait.
func (d *Descriptor) lend(c *QueuedCall, t Transfer) (lentTransfer, error) {
	l := lentTransfer{d: d, asked: t, t: t}
	size := t.size()
	switch {
	case size < 0:
		return l, syscall.EINVAL
	case t.Lent == nil && size > 0 && d.lends(t.Dir, size):
		size = d.part(t.Dir, size)
		if err := l.acquire(c, size); err != nil {
			return l, err
		}
		l.mem = d.Loop.Loops.memory.block(size)
		l.t.P, l.t.Buffers = l.mem.buf[:size], nil
		if t.Dir == Writing {
			t.gather(l.t.P)
		}
	}
	if !d.MayHang() { // what is late there its lane knows
		l.period, l.counted = d.device().begin(), true
	}
	return l, nil
}

// acquire waits for size bytes of the device's, and of all.
func (l *lentTransfer) acquire(c *QueuedCall, size int) error {
	s := l.d.Loop.Loops
	_, bytes := classOf(size)
	n, own, all := int64(bytes), &l.d.device().lent, &s.memory.all
	if l.asked.AtOnce {
		switch {
		case !own.tryAcquire(n):
			return ErrNoRoom
		case !all.tryAcquire(n):
			own.give(n)
			return ErrNoRoom
		}
		l.taken = n
		return nil
	}
	if err := own.acquire(c, n, s.ending()); err != nil {
		return err
	}
	if err := all.acquire(c, n, s.ending()); err != nil {
		own.give(n)
		return err
	}
	l.taken = n
	return nil
}

// settle ends a lent transfer whose call its caller has waited for: n bytes were moved.
func (l *lentTransfer) settle(n int, err error) {
	if l.mem != nil && l.t.Dir == Reading {
		l.asked.scatter(l.mem.buf[:n])
	}
	l.giveBack(err)
}

// late ends a lent transfer whose call its caller has left. What was read from the position is read again,
// and others get their turn at it.
func (l *lentTransfer) late(n int, err error) {
	if l.t.Off < 0 {
		if l.t.Dir == Reading && n > 0 {
			_, _ = l.d.System().Seek(l.d.FD, -int64(n), 1) // nobody is left to be told
		}
		if l.t.Position != nil {
			l.t.Position.Unlock()
		}
	}
	l.giveBack(err)
}

// giveBack gives back what is lent. Where the kernel may have it still, it is kept for good.
func (l *lentTransfer) giveBack(err error) {
	if l.counted && l.d.device().end(l.period) {
		l.d.Loop.Loops.lanes.late.Add(1)
	}
	if l.taken > 0 {
		l.d.device().lent.give(l.taken)
		l.d.Loop.Loops.memory.all.give(l.taken)
	}
	if l.mem != nil && !keptByKernel(err) {
		l.d.Loop.Loops.memory.keep(l.mem, l.d.Loop.Loops.Off)
	}
	*l = lentTransfer{}
}

// keptByKernel reports whether the kernel may still have what was lent for an operation that
// ended with err.
func keptByKernel(err error) bool {
	return err != nil && (errors.Is(err, proactor.ErrBackendFailed) || errors.Is(err, hook.ErrKept))
}

// UnlessKept is buf, or nil where the kernel may still have it, after a call that ended with err.
func UnlessKept(buf []byte, err error) []byte {
	if keptByKernel(err) {
		return nil
	}
	return buf
}

// size is how many bytes t is to move; negative if that is no number.
func (t *Transfer) size() int {
	if t.Buffers != nil {
		return vector.Len(t.Buffers)
	}
	return len(t.P)
}

// gather copies what t writes.
func (t *Transfer) gather(to []byte) {
	if t.Buffers == nil {
		copy(to, t.P)
		return
	}
	for _, b := range t.Buffers {
		to = to[copy(to, b):]
	}
}

// scatter copies what was read for t.
func (t *Transfer) scatter(from []byte) {
	if t.Buffers == nil {
		copy(t.P, from)
		return
	}
	for _, b := range t.Buffers {
		from = from[copy(b, from):]
	}
}

// keep is how many bytes of b are not the kernel's: what was read before, or all of what is only
// written from.
func (t *Transfer) keep(b *Buffer) int {
	if t.Dir == Writing {
		return b.size
	}
	return b.size - cap(t.P)
}
