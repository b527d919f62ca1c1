package fdcall

import (
	"errors"
	"syscall"

	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/vector"
	"github.com/awaitio/awaitio/proactor"
)

// A lentTransfer is a transfer and the memory that the kernel uses for it: lent by the library, a
// Buffer's, or the caller's own.
//
//	lent, or a Buffer's  if the kernel answers, settle copies what was read to the caller
//	                     if the caller leaves, late discards the result
//	the caller's own     the caller cannot leave
type lentTransfer struct {
	d     *Descriptor
	asked Transfer // by the caller
	t     Transfer // as it is made
	mem   *block   // nil: not lent
	taken int64    // bytes of the quotas

	counted bool // by the device, in period
	period  uint32
}

// canLeave reports whether the kernel has no memory of the caller's.
func (l *lentTransfer) canLeave() bool { return l.mem != nil || l.asked.Lent != nil }

// ErrNoRoom is the error of a Transfer with AtOnce for which no memory is free.
var ErrNoRoom = errors.New("no room")

// lend prepares t. What ends c ends the wait for memory.
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
	if !d.MayHang() { // a lane finds out itself what is late
		l.period, l.counted = d.device().begin(), true
	}
	return l, nil
}

// acquire takes size bytes of the device's quota and of the IO's. It waits for them unless the
// transfer has AtOnce.
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

// settle finishes a lent transfer that its caller has waited for, and that moved n bytes.
func (l *lentTransfer) settle(n int, err error) {
	if l.mem != nil && l.t.Dir == Reading {
		l.asked.scatter(l.mem.buf[:n])
	}
	l.giveBack(err)
}

// late finishes a lent transfer that its caller has left. It moves the position back before what was
// read, so that another read finds that, and unlocks the position.
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

// giveBack returns the lent memory and its share of the quotas. Memory that the kernel may still use
// is not used again.
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

// keptByKernel reports whether the kernel may still use the memory of an operation that ended with
// err.
func keptByKernel(err error) bool {
	return err != nil && (errors.Is(err, proactor.ErrBackendFailed) || errors.Is(err, hook.ErrKept))
}

// UnlessKept returns buf, or nil if the kernel may still use it after a call that ended with err.
func UnlessKept(buf []byte, err error) []byte {
	if keptByKernel(err) {
		return nil
	}
	return buf
}

// size is how many bytes t moves at most; negative if an int cannot count them.
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

// keep is how many bytes of b the caller may still use when it has left t: those before P of a read,
// or all of a write, as the kernel only reads them.
func (t *Transfer) keep(b *Buffer) int {
	if t.Dir == Writing {
		return b.size
	}
	return b.size - cap(t.P)
}
