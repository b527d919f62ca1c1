package fdcall

import (
	"context"
	"time"

	"github.com/awaitio/awaitio/internal/ablate"
	"github.com/awaitio/awaitio/internal/hook"
	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/socket"
)

// Receive receives into p from a stream socket, and waits for something to come. Its error is
// the bare cause.
func (d *Descriptor) Receive(ctx context.Context, p []byte) (int, error) {
	if d != nil && d.transfersDirectly() {
		if n, err := d.receiveDirectly(ctx, p); err != errByRequest {
			return n, err
		}
	}
	return d.Call(ctx, Reading, func(w *Waiter) error {
		return w.Proactor.Recv(&w.C, d.FD, p, 0, Deliver)
	})
}

// transfersDirectly reports whether the caller makes recv(2) and send(2) itself: a poller
// watches d, which is a TCP connection (docs/decisions/edges.md). In a bubble the proactor makes
// them, whose channels are no bubble's.
func (d *Descriptor) transfersDirectly() bool {
	return d.conn != nil && d.conn.IsOn() && !hook.InBubble()
}

// errByRequest is the answer of a direct transfer where the proactor is to make the call.
var errByRequest error = byRequest{}

type byRequest struct{}

func (byRequest) Error() string { return "the proactor makes the call" }

// directMax is the most that one system call is asked for: Linux transfers 2 GiB at most, and
// fewer bytes than were asked for are all there are.
const directMax = 1 << 30

// receiveDirectly is Receive by the caller. One receives at a time, in the order they came.
func (d *Descriptor) receiveDirectly(ctx context.Context, p []byte) (int, error) {
	if ctx == nil {
		return 0, ErrNilContext
	}
	if err := d.receiving.LockOn(ctx, d, Reading); err != nil {
		return 0, err
	}
	defer d.receiving.Unlock()
	if !d.enter() {
		return 0, ErrDescriptorClosed
	}
	defer d.release()
	p = p[:min(len(p), directMax)]
	for {
		if err := d.canTransfer(ctx, Reading); err != nil {
			return 0, err
		}
		if !d.conn.Attempt() {
			d.awaitData(ctx)
			continue
		}
		n, err := socket.Receive(d.FD, p, socket.DontWait)
		nothing := err == socket.ErrWouldBlock
		all := nothing || 0 < n && n < len(p) && !d.Loop.Loops.Off.Has(ablate.Drained)
		d.conn.Attempted(all, nothing)
		switch {
		case err == nil:
			race.Acquire()
			race.Write(p[:n])
			return n, nil
		case err != socket.ErrWouldBlock && err != socket.ErrInterrupted:
			return 0, err
		}
	}
}

// canTransfer is why a direct transfer must not be attempted, if so. Requests that are under
// way come first.
func (d *Descriptor) canTransfer(ctx context.Context, dir Direction) error {
	if ctx.Err() != nil {
		return EndOf(ctx)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(dir); err != nil {
		return err
	}
	if d.side[dir].calls.First != nil || !d.conn.IsOn() || d.conn.PassedOn() {
		return errByRequest
	}
	return nil
}

// awaitData parks until the connection may have something, or what ends the call has come. It
// does not tell which.
func (d *Descriptor) awaitData(ctx context.Context) {
	woken, ok := d.conn.Park()
	if !ok {
		return
	}
	defer d.conn.Resume()
	if !d.timeData() && d.conn.Interrupt() {
		return
	}
	if ctx.Done() == nil {
		<-woken
		return
	}
	select {
	case <-woken:
	case <-ctx.Done():
		if !d.conn.Interrupt() {
			<-woken
		}
	}
}

// timeData has a wait for data end at the deadline. It reports false if there is no reason to
// wait: d is being closed, or the deadline has passed. A deadline that moves from now on wakes
// the receiver.
func (d *Descriptor) timeData() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.usable(Reading) != nil {
		return false
	}
	if t := d.side[Reading].deadline; !t.IsZero() {
		d.dataTimer.set(t, d.conn.Wake)
	}
	return true
}

// A deadlineTimer wakes somebody at an instant, or before it: a deadline that is moved with
// each call sets it once in a while. The lock of its Descriptor guards it.
type deadlineTimer struct {
	timer *time.Timer
	at    time.Time
}

// set has wake be called by t. It is the same function each time.
func (x *deadlineTimer) set(t time.Time, wake func()) {
	switch {
	case x.timer == nil:
		x.timer = time.AfterFunc(time.Until(t), wake)
	case t.Before(x.at), !time.Now().Before(x.at):
		x.timer.Reset(time.Until(t))
	default:
		return // it comes before t
	}
	x.at = t
}

func (x *deadlineTimer) stop() {
	if x.timer != nil {
		x.timer.Stop()
	}
}
