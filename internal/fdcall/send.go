package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/socket"
)

// Send sends all of p on a stream socket, with lock held: the count is short only with an error. Its
// error is the bare cause.
func (d *Descriptor) Send(ctx context.Context, lock *FairLock, p []byte) (sent int, err error) {
	if !lock.enter() {
		if ctx, err = d.waitToSend(ctx, lock); err != nil {
			return 0, err
		}
		defer d.endAdmitted()
	}
	defer lock.Unlock()
	if d != nil && d.transfersDirectly() {
		if sent, err = d.sendDirectly(ctx, p); err != errByRequest {
			return sent, err
		}
		n, err := d.sendAdmitted(ctx, p[sent:])
		return sent + n, err
	}
	if d != nil && d.goesBeside(len(p)) {
		if sent, err = d.sendBeside(ctx, p); err != errByRequest {
			return sent, err
		}
		if sent > 0 {
			n, err := d.sendAdmitted(ctx, p[sent:])
			return sent + n, err
		}
	}
	w, err := d.startSend(ctx, p)
	if err != nil {
		return 0, err
	}
	return d.Finish(w, Writing, w.Wait(ctx))
}

// waitToSend waits for the lock, which others have. Without an error the call is admitted, and goes on
// with the context.
//
//go:noinline
func (d *Descriptor) waitToSend(ctx context.Context, lock *FairLock) (context.Context, error) {
	admitted, held := false, false
	defer func() { // also where the context panics
		switch {
		case !admitted:
			lock.giveUp()
		case !held:
			d.endAdmitted()
		}
	}()
	under := Admitted(ctx)
	if d != nil {
		if err := d.Loop.Loops.Admit(ctx); err != nil {
			return ctx, err
		}
	}
	admitted = true
	if err := lock.wait(&QueuedCall{Ctx: ctx, Dir: Writing, On: [2]*Descriptor{d}}, nil); err != nil {
		return ctx, err
	}
	held = true
	return under, nil
}

func (d *Descriptor) endAdmitted() {
	if d != nil {
		d.Loop.Loops.EndAdmitted()
	}
}

// sendAdmitted sends by the proactor what there was no room for.
//
//go:noinline
func (d *Descriptor) sendAdmitted(ctx context.Context, p []byte) (int, error) {
	defer d.endAdmitted()
	ctx = Admitted(ctx)
	w, err := d.startSend(ctx, p)
	if err != nil {
		return 0, err
	}
	return d.Finish(w, Writing, w.Wait(ctx))
}

// goesOn counts a call that goes on by a request, before d is released. EndAdmitted is to follow.
func (d *Descriptor) goesOn(err error) {
	if err == errByRequest {
		d.Loop.Loops.admitted.calls.Add(1)
	}
}

// startSend begins a send by the proactor. It is not inlined: see start.
//
//go:noinline
func (d *Descriptor) startSend(ctx context.Context, p []byte) (*Waiter, error) {
	return d.start(ctx, Writing, -1, func(w *Waiter) error {
		return w.Proactor.Send(&w.C, d.FD, p, 0, Deliver)
	})
}

// sendDirectly is Send by the caller, as long as there is room. The rest is the proactor's:
// with errByRequest the call is admitted. d is entered first, as Shutdown looks for that last.
func (d *Descriptor) sendDirectly(ctx context.Context, p []byte) (sent int, err error) {
	if !d.enter() {
		return 0, ErrDescriptorClosed
	}
	defer d.release()
	if err := d.mayTransfer(ctx); err != nil {
		return 0, err
	}
	if err := d.canTransfer(ctx, Writing); err != nil {
		d.goesOn(err)
		return 0, err
	}
	sent, err = d.sendNow(p)
	if err == errByRequest {
		d.direct.moved[Writing].move(sent)
		d.goesOn(err)
		return sent, err
	}
	d.transferred(Writing, sent, err)
	return sent, err
}

// sendNow sends what there is room for. With errByRequest that is not all of p.
func (d *Descriptor) sendNow(p []byte) (sent int, err error) {
	race.Release()
	for {
		n, err := socket.SendNow(d.FD, p[sent:min(len(p), sent+directMax)])
		switch sent += n; {
		case err == socket.ErrWouldBlock:
			return sent, errByRequest
		case err != nil && err != socket.ErrInterrupted:
			return sent, err
		case sent == len(p):
			race.Read(p)
			return sent, nil
		}
	}
}
