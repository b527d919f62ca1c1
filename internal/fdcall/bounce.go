package fdcall

import (
	"context"
	"errors"
	"math/bits"
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/mounts"
	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A Bounce carries out the calls on an abandonable file. The kernel gets buffers
// of its own, so that a caller that gives up need not wait for it.
type Bounce struct {
	d      *Descriptor
	alarms [Sides]alarm
	lane   *mounts.Lane                                              // of a mount that may hang: see LaneCall; or nil
	closed chan struct{}                                             // closed when the file is
	Fsync  func(op *Waiter, flags int, done proactor.Callback) error // asks the system

	mu    sync.Mutex
	free  [][]byte      // buffers that nobody has
	slots chan struct{} // holds a token for each operation under way or abandoned
}

const (
	slotsMax  = 16 // operations under way or abandoned at once
	freeMax   = 4
	bounceMin = 4 << 10
	bounceMax = 256 << 10 // longer transfers go in parts
)

// NewBounce is the Bounce of d, a file on the mount of lane or, where that is nil, on a disk.
func NewBounce(d *Descriptor, lane *mounts.Lane) *Bounce {
	l := &Bounce{d: d, lane: lane, closed: make(chan struct{}), slots: make(chan struct{}, slotsMax)}
	l.Fsync = func(op *Waiter, flags int, done proactor.Callback) error {
		return op.Proactor.Fsync(&op.C, d.FD, flags, done)
	}
	for dir := range l.alarms {
		l.alarms[dir].rung = make(chan struct{})
	}
	return l
}

// transfer is one transfer; a short one is no mistake.
func (l *Bounce) transfer(ctx context.Context, t Transfer) (int, error) {
	p := t.P[:min(len(t.P), bounceMax)]
	buf, err := l.acquire(ctx, t.Dir, len(p))
	if err != nil {
		return 0, err
	}
	t.P = buf[:len(p)]
	if t.Dir == Writing {
		copy(t.P, p)
	}
	var n int
	var left bool
	if l.lane != nil {
		n, left, err = l.onLane(ctx, t, buf)
	} else {
		n, left, err = l.call(ctx, t.Dir, buf, func(w *Waiter, done proactor.Callback) error {
			return t.submit(w, l.d.FD, done)
		})
	}
	if !left {
		if t.Dir == Reading {
			copy(p[:n], buf)
		}
		l.release(UnlessPinned(buf, err))
	}
	return n, err
}

// UnlessPinned is buf, or nil where the kernel may still have it.
func UnlessPinned(buf []byte, err error) []byte {
	if errors.Is(err, proactor.ErrBackendFailed) {
		return nil
	}
	return buf
}

// Without is a call that needs no buffer.
func (l *Bounce) Without(ctx context.Context, dir Direction, submit submission) error {
	if _, err := l.acquire(ctx, dir, 0); err != nil {
		return err
	}
	_, left, err := l.call(ctx, dir, nil, submit)
	if !left {
		l.release(nil)
	}
	return err
}

// acquire waits for the permission to have one more operation under way, and
// returns a buffer of at least size bytes.
func (l *Bounce) acquire(ctx context.Context, dir Direction, size int) ([]byte, error) {
	if ctx == nil {
		return nil, ErrNilContext
	}
	select {
	case l.slots <- struct{}{}:
		return l.buffer(size), nil
	case <-ctx.Done():
		return nil, EndOf(ctx)
	case <-l.alarms[dir].wait():
		return nil, ErrDeadlinePassed
	case <-l.closed:
		return nil, ErrDescriptorClosed
	}
}

func (l *Bounce) buffer(size int) []byte {
	if size == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.free) - 1; i >= 0; i-- {
		if buf := l.free[i]; len(buf) >= size {
			l.free[i] = l.free[len(l.free)-1]
			l.free = l.free[:len(l.free)-1]
			return buf
		}
	}
	return sysfile.AlignedBuffer(max(bounceMin, 1<<bits.Len(uint(size-1))))
}

// release ends what acquire began. buf is nobody's any more.
func (l *Bounce) release(buf []byte) {
	l.mu.Lock()
	if buf != nil && len(l.free) < freeMax && !l.d.Closed() && !l.d.Loop.Loops.Off.Has(ablate.BounceBuffers) {
		l.free = append(l.free, buf)
	}
	l.mu.Unlock()
	<-l.slots
}

// call makes a call and waits for it as long as the caller has to. It reports
// whether it left the operation to the kernel, with the buffer and the slot.
func (l *Bounce) call(ctx context.Context, dir Direction, buf []byte, submit submission) (n int, left bool, err error) {
	a := &abandonable{settle: func(w *Waiter, r proactor.Result) {
		l.d.Leave(w, dir)
		l.release(UnlessPinned(buf, r.Err))
	}}
	w, err := l.d.Start(ctx, dir, func(w *Waiter) error {
		w.C.SetMayHang()
		return submit(w, a.deliver)
	})
	if err != nil {
		return 0, false, err
	}
	r, left := a.wait(ctx, w, l.alarms[dir].wait(), l.closed)
	if left {
		return 0, true, &LeftError{r.Err}
	}
	n, err = l.d.Finish(w, dir, r)
	return n, false, err
}

func (l *Bounce) SetDeadline(dir Direction, t time.Time) error {
	if err := l.d.SetDeadline(dir, t); err != nil {
		return err
	}
	l.alarms[dir].set(t)
	return nil
}

// Close has the callers return, closes the descriptor, and calls after. It waits
// for that only where nothing is before it that might take forever. On a lane it fails with
// ErrLeft where something is, or if ctx or the deadline of writes ends it first.
func (l *Bounce) Close(ctx context.Context, after func()) error {
	if ctx == nil {
		return ErrNilContext
	}
	free, err := l.d.beginClose()
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.free = nil
	l.mu.Unlock()
	close(l.closed)
	if l.lane != nil {
		return l.closeLane(ctx, free, after)
	}
	for dir := range l.alarms {
		l.alarms[dir].set(time.Time{})
	}
	if free == nil {
		defer after()
		return l.d.Loop.Loops.closeFD(l.d.FD, l.d.Kind)
	}
	go func() {
		defer after()
		<-free
		_ = l.d.Loop.Loops.closeFD(l.d.FD, l.d.Kind) // nobody is left to be told
	}()
	return nil
}

// ForgetBounce closes what its owner has forgotten to close.
func ForgetBounce(l *Bounce) {
	if !l.d.Closed() {
		go func() { _ = l.Close(context.Background(), func() {}) }()
	}
}
