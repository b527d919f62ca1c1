package fdcall

import (
	"context"
	"runtime"
	"runtime/trace"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/pulse"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/socket"
	"github.com/awaitio/awaitio/internal/spin"
)

// Receive receives into p from a stream socket, and waits for something to come. Its error is
// the bare cause.
func (d *Descriptor) Receive(ctx context.Context, p []byte) (int, error) {
	if d != nil && d.becomesDirect() {
		if err := d.watch(ctx); err != nil {
			return 0, err
		}
	}
	if d != nil && d.transfersDirectly() {
		if n, err := d.receiveDirectly(ctx, p); err != errByRequest {
			return n, err
		}
		return d.receiveAdmitted(ctx, p)
	}
	if d != nil && d.beside.hasMore() && d.goesBeside(len(p)) {
		n, err := d.receiveBeside(ctx, p)
		d.beside.noteReceived(n, len(p))
		if err != errByRequest {
			return n, err
		}
	}
	w, err := d.startReceive(ctx, p)
	if err != nil {
		return 0, err
	}
	n, err := d.Finish(w, Reading, w.Wait(ctx))
	d.beside.noteReceived(n, len(p))
	return n, err
}

// receiveAdmitted receives by the proactor for a caller that has waited without it.
//
//go:noinline
func (d *Descriptor) receiveAdmitted(ctx context.Context, p []byte) (int, error) {
	defer d.Loop.Loops.EndAdmitted()
	ctx = Admitted(ctx)
	w, err := d.startReceive(ctx, p)
	if err != nil {
		return 0, err
	}
	return d.Finish(w, Reading, w.Wait(ctx))
}

// startReceive begins a receive by the proactor. It is not inlined: see start.
//
//go:noinline
func (d *Descriptor) startReceive(ctx context.Context, p []byte) (*Waiter, error) {
	return d.start(ctx, Reading, -1, func(w *Waiter) error {
		return w.Proactor.Recv(&w.C, d.FD, p, 0, Deliver)
	})
}

// becomesDirect reports whether a poller would watch d, but does not yet.
func (d *Descriptor) becomesDirect() bool {
	return d.direct != nil && !d.direct.conn.IsOn() && !d.direct.refused.Load() && !d.Loop.Loops.WaitsInKernel() && !hook.InBubble()
}

// watch has the poller watch d. It comes before the first receive: one that waits with the
// proactor would hold a record of it as long as it waits.
func (d *Descriptor) watch(ctx context.Context) error {
	w, err := d.start(ctx, Reading, -1, func(w *Waiter) error { return hook.Watch(w.Proactor, &w.C, d.FD, Deliver) })
	if err == nil {
		_, err = d.Finish(w, Reading, w.Wait(ctx))
	}
	d.direct.refused.Store(err == nil && !d.direct.conn.IsOn())
	return err
}

// receiveDirectly is Receive by the caller. One receives at a time, in the order they came.
// With errByRequest it is admitted.
func (d *Descriptor) receiveDirectly(ctx context.Context, p []byte) (int, error) {
	if err := d.enterReceive(ctx); err != nil {
		return 0, err
	}
	defer d.leaveReceive()
	p = p[:min(len(p), directMax)]
	for {
		if err := d.canTransfer(ctx, Reading); err != nil {
			if d.direct.waited {
				d.received(0, err)
			}
			d.goesOn(err)
			return 0, err
		}
		n, err := 0, error(socket.ErrWouldBlock)
		if d.direct.conn.Attempt() {
			n, err = d.attempt(p)
		}
		if err == socket.ErrWouldBlock {
			n, err = d.spin(p)
		}
		if err == socket.ErrWouldBlock {
			d.awaitData(ctx, len(p))
			continue
		}
		if err == nil {
			d.letOthersRun()
			race.Acquire()
			race.Write(p[:n])
		}
		d.received(n, err)
		return n, err
	}
}

// enterReceive waits until it is the caller's turn to receive, and keeps d from being closed. leaveReceive
// is to follow, unless there is an error.
func (d *Descriptor) enterReceive(ctx context.Context) error {
	if err := d.mayTransfer(ctx); err != nil {
		return err
	}
	if err := d.direct.receiving.LockOn(ctx, d, Reading); err != nil {
		return err
	}
	if !d.enter() {
		d.direct.receiving.Unlock()
		return ErrDescriptorClosed
	}
	return nil
}

func (d *Descriptor) leaveReceive() {
	d.release()
	d.direct.receiving.Unlock()
}

// received counts a receive that has ended.
func (d *Descriptor) received(n int, err error) {
	x := d.direct
	d.transferred(Reading, n, err)
	if x.waited {
		x.waited = false
		d.Loop.directs.waited(pulse.Now() - time.Duration(x.since.Load()))
	}
}

// letOthersRun yields where Go uses one CPU and the receiver has found data each time for as
// long as receiveBudget. Else the goroutine that wakes other receivers would wait for a time slice of
// Go's, 10 ms.
func (d *Descriptor) letOthersRun() {
	if d.Loop.Loops.oneCPU && d.direct.outOfBudget(pulse.Now()) {
		runtime.Gosched()
	}
}

// outOfBudget reports whether the receiver has found data each time for longer than receiveBudget
// at now, when the next budget begins.
func (x *direct) outOfBudget(now time.Duration) bool {
	switch {
	case x.busySince == 0:
		x.busySince = now
		return false
	case now-x.busySince <= receiveBudget:
		return false
	}
	x.busySince = now
	return true
}

// receiveBudget is that of a loop, for the same reason: some times what a receive takes, and less than
// anybody notices.
const receiveBudget = 50 * time.Microsecond

// receiveNow is recv(2) without waiting.
func (d *Descriptor) receiveNow(p []byte) (n int, err error) {
	for err = error(socket.ErrInterrupted); err == socket.ErrInterrupted; {
		n, err = socket.Receive(d.FD, p, socket.DontWait)
	}
	return n, err
}

// attempt is receiveNow, of at least one byte, and notes whether the connection is drained.
func (d *Descriptor) attempt(p []byte) (n int, err error) {
	n, err = d.receiveNow(p)
	nothing := err == socket.ErrWouldBlock
	all := nothing || 0 < n && n < len(p) && !d.Loop.Loops.Off.Has(ablate.Drained)
	d.direct.conn.Attempted(all, nothing)
	return n, err
}

// spin looks whether something comes for as long as that has paid lately: a receiver that
// parks is woken by way of the loop's goroutine. A loop that wakes several receivers at a time
// wants the CPU for others.
func (d *Descriptor) spin(p []byte) (n int, err error) {
	err = socket.ErrWouldBlock
	x := d.direct
	limit := d.Loop.Loops.spin()
	if limit <= 0 || !x.hasSent() || !x.spins.Worth() {
		return 0, err
	}
	for began := time.Now(); err == socket.ErrWouldBlock && x.conn.IsOn() && !d.Closed(); {
		spun := time.Since(began)
		if spun >= limit {
			break
		}
		if spun >= spin.Hold && !d.Loop.Loops.Off.Has(ablate.SpinYield) {
			d.Loop.Loops.yieldCPU()
			if !d.Loop.Loops.Off.Has(ablate.KeepCPU) {
				x.spins.Lost(time.Since(began) - spun)
			}
		}
		x.conn.Attempt()
		n, err = d.attempt(p)
	}
	x.spins.Note(err == nil)
	return n, err
}

// hasSent reports whether anything was sent since it was asked last. Who receives without an answer is better off
// parked: meanwhile more comes, while a spin finds each message as it comes, at the cost of the sender, which
// shares the socket's cache lines with it.
func (x *direct) hasSent() bool {
	before := x.sends
	x.sends = x.moved[Writing].ended.Load()
	return x.sends != before
}

// awaitData parks until the connection may have something, or what ends the call has come. It
// does not tell which.
func (d *Descriptor) awaitData(ctx context.Context, size int) {
	x := d.direct
	x.noteWait(size)
	var ended <-chan struct{}
	if ctx != context.Background() {
		ended = ctx.Done()
		d.show(ctx)
		defer d.show(context.Background())
	}
	woken, ok := x.conn.Park()
	if !ok {
		return
	}
	switch {
	case !x.clear[Reading].Load() && !d.timeWait() && x.conn.Interrupt():
	case trace.IsEnabled():
		d.awaitTraced(ctx, woken, ended)
	default:
		x.awaitWoken(woken, ended)
	}
	x.conn.Resume()
	x.busySince = 0
}

// noteWait notes what is about to wait.
func (x *direct) noteWait(size int) {
	if x.waited {
		return
	}
	x.waited = true
	if x.size.Load() != int64(size) {
		x.size.Store(int64(size))
	}
	x.since.Store(int64(pulse.Now()))
}

// show lets those who look see the context of the receive that waits, until there is context.Background to be
// seen again.
func (d *Descriptor) show(ctx context.Context) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.direct.ctx = ctx
}

// timeWait has a wait end at the deadline. It reports false if there is no reason to wait: d is
// being closed, or the deadline has passed. A deadline that moves from now on wakes the receiver.
func (d *Descriptor) timeWait() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.usable(Reading) != nil {
		return false
	}
	if t := d.side[Reading].deadline; !t.IsZero() {
		d.direct.timer.set(t, d.direct.conn.Wake)
	}
	return true
}

// awaitTraced is awaitWoken while runtime/trace is on.
//
//go:noinline
func (d *Descriptor) awaitTraced(ctx context.Context, woken, ended <-chan struct{}) {
	defer startRegion(ctx, "recv", d).End()
	d.direct.awaitWoken(woken, ended)
}

// awaitWoken waits until the receiver is woken, or its context ends.
func (x *direct) awaitWoken(woken, ended <-chan struct{}) {
	if ended == nil {
		<-woken
		return
	}
	select {
	case <-woken:
	case <-ended:
		if !x.conn.Interrupt() {
			<-woken
		}
	}
}

// A deadlineTimer wakes somebody at an instant, or before it: a deadline that is moved with
// each call sets it once in a while. The lock of its Descriptor guards it.
type deadlineTimer struct {
	timer *time.Timer
	at    time.Time // by the monotonic clock, as the timer is: a deadline may be by another
}

// set has wake be called by t. It is the same function each time.
func (x *deadlineTimer) set(t time.Time, wake func()) {
	now := time.Now()
	left := t.Sub(now)
	at := now.Add(left)
	switch {
	case x.timer == nil:
		x.timer = time.AfterFunc(left, wake)
	case at.Before(x.at), !now.Before(x.at):
		x.timer.Reset(left)
	default:
		return // it comes before t
	}
	x.at = at
}

func (x *deadlineTimer) stop() {
	if x.timer != nil {
		x.timer.Stop()
	}
}
