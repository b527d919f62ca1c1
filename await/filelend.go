package await

import (
	"context"
	"errors"
	"math/bits"
	"sync"
	"time"

	"github.com/awaitio/awaitio/internal/sysfile"
	"github.com/awaitio/awaitio/proactor"
)

// A lender carries out the calls on an abandonable file. The kernel gets buffers
// of the lender's own, so that a caller who gives up need not wait for it.
type lender struct {
	d      *descriptor
	alarms [sides]alarm
	gone   chan struct{}                                             // closed when the file is
	fsync  func(op *waiter, flags int, done proactor.Callback) error // asks the system

	mu    sync.Mutex
	spare [][]byte      // buffers that nobody has
	loans chan struct{} // holds a token for each operation under way or abandoned
}

const (
	loansMax = 16
	spareMax = 4
	lendMin  = 4 << 10
	lendMax  = 256 << 10 // longer transfers go in parts
)

func newLender(d *descriptor) *lender {
	l := &lender{d: d, gone: make(chan struct{}), loans: make(chan struct{}, loansMax)}
	l.fsync = func(op *waiter, flags int, done proactor.Callback) error {
		return op.p.Fsync(&op.c, d.fd, flags, done)
	}
	for dir := range l.alarms {
		l.alarms[dir].rung = make(chan struct{})
	}
	return l
}

// read is one read; a short one is no mistake.
func (l *lender) read(ctx context.Context, p []byte, off int64) (int, error) {
	p = p[:min(len(p), lendMax)]
	buf, err := l.borrow(ctx, reading, len(p))
	if err != nil {
		return 0, err
	}
	n, left, err := l.call(ctx, reading, buf, func(w *waiter, done proactor.Callback) error {
		return w.p.Read(&w.c, l.d.fd, buf[:len(p)], off, done)
	})
	if !left {
		copy(p[:n], buf)
		l.giveBack(unlessPinned(buf, err))
	}
	return n, err
}

// write is one write; a short one is no mistake.
func (l *lender) write(ctx context.Context, p []byte, off int64) (int, error) {
	p = p[:min(len(p), lendMax)]
	buf, err := l.borrow(ctx, writing, len(p))
	if err != nil {
		return 0, err
	}
	copy(buf, p)
	n, left, err := l.call(ctx, writing, buf, func(w *waiter, done proactor.Callback) error {
		return w.p.Write(&w.c, l.d.fd, buf[:len(p)], off, done)
	})
	if !left {
		l.giveBack(unlessPinned(buf, err))
	}
	return n, err
}

// unlessPinned is buf, or nil where the kernel may still have it.
func unlessPinned(buf []byte, err error) []byte {
	if errors.Is(err, proactor.ErrBackendFailed) {
		return nil
	}
	return buf
}

// without is a call that needs no buffer.
func (l *lender) without(ctx context.Context, dir direction, submit submission) error {
	if _, err := l.borrow(ctx, dir, 0); err != nil {
		return err
	}
	_, left, err := l.call(ctx, dir, nil, submit)
	if !left {
		l.giveBack(nil)
	}
	return err
}

// borrow waits for the permission to have one more operation under way, and
// returns a buffer of at least size bytes.
func (l *lender) borrow(ctx context.Context, dir direction, size int) ([]byte, error) {
	if ctx == nil {
		return nil, errNilContext
	}
	select {
	case l.loans <- struct{}{}:
		return l.buffer(size), nil
	case <-ctx.Done():
		return nil, endOf(ctx)
	case <-l.alarms[dir].wait():
		return nil, errDeadlinePassed
	case <-l.gone:
		return nil, errDescriptorClosed
	}
}

func (l *lender) buffer(size int) []byte {
	if size == 0 {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := len(l.spare) - 1; i >= 0; i-- {
		if buf := l.spare[i]; len(buf) >= size {
			l.spare[i] = l.spare[len(l.spare)-1]
			l.spare = l.spare[:len(l.spare)-1]
			return buf
		}
	}
	return sysfile.AlignedBuffer(max(lendMin, 1<<bits.Len(uint(size-1))))
}

// giveBack ends a loan. buf is nobody's any more.
func (l *lender) giveBack(buf []byte) {
	l.mu.Lock()
	if buf != nil && len(l.spare) < spareMax && !l.d.closed() {
		l.spare = append(l.spare, buf)
	}
	l.mu.Unlock()
	<-l.loans
}

// call makes a call and waits for it as long as the caller has to. It reports
// whether it left the operation to the kernel, with the buffer and the loan.
func (l *lender) call(ctx context.Context, dir direction, buf []byte, submit submission) (n int, left bool, err error) {
	a := &abandonable{settle: func(w *waiter, r proactor.Result) {
		l.d.leave(w, dir)
		l.giveBack(unlessPinned(buf, r.Err))
	}}
	w, err := l.d.start(ctx, dir, func(w *waiter) error {
		w.c.SetMayHang()
		return submit(w, a.deliver)
	})
	if err != nil {
		return 0, false, err
	}
	r, left := a.wait(ctx, w, l.alarms[dir].wait(), l.gone)
	if left {
		return 0, true, r.Err
	}
	n, err = l.d.finish(w, dir, r)
	return n, false, err
}

func (l *lender) setDeadline(dir direction, t time.Time) error {
	if err := l.d.setDeadline(dir, t); err != nil {
		return err
	}
	l.alarms[dir].set(t)
	return nil
}

// close has the callers return, closes the descriptor, and calls after. It waits
// for that only where nothing is before it that might take forever.
func (l *lender) close(after func()) error {
	free, err := l.d.beginClose()
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.spare = nil
	l.mu.Unlock()
	close(l.gone)
	for dir := range l.alarms {
		l.alarms[dir].set(time.Time{})
	}
	if free == nil {
		defer after()
		return l.d.loop.set.closeFD(l.d.fd, l.d.stream)
	}
	go func() {
		defer after()
		<-free
		_ = l.d.loop.set.closeFD(l.d.fd, l.d.stream) // nobody is left to be told
	}()
	return nil
}

// forgetLender closes what its owner has forgotten to close.
func forgetLender(l *lender) {
	if !l.d.closed() {
		go func() { _ = l.close(func() {}) }()
	}
}
