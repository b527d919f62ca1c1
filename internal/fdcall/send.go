package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/socket"
)

// Send sends all of p on a stream socket, with lock held: the count is short only with an error. Its
// error is the bare cause.
func (d *Descriptor) Send(ctx context.Context, lock *FairLock, p []byte) (sent int, err error) {
	if err = lock.LockOn(ctx, d, Writing); err != nil {
		return 0, err
	}
	defer lock.Unlock()
	if d != nil && d.transfersDirectly() {
		if sent, err = d.sendDirectly(ctx, p); err != errByRequest {
			return sent, err
		}
	}
	w, err := d.startSend(ctx, p[sent:])
	if err != nil {
		return sent, err
	}
	n, err := d.Finish(w, Writing, w.Wait(ctx))
	return sent + n, err
}

// startSend begins a send by the proactor. It is not inlined: see start.
//
//go:noinline
func (d *Descriptor) startSend(ctx context.Context, p []byte) (*Waiter, error) {
	return d.start(ctx, Writing, -1, func(w *Waiter) error {
		return w.Proactor.Send(&w.C, d.FD, p, 0, Deliver)
	})
}

// sendDirectly is Send by the caller, as long as there is room. The rest is the proactor's.
func (d *Descriptor) sendDirectly(ctx context.Context, p []byte) (sent int, err error) {
	if err := d.mayTransfer(ctx); err != nil {
		return 0, err
	}
	if !d.enter() {
		return 0, ErrDescriptorClosed
	}
	defer d.release()
	if err := d.canTransfer(ctx, Writing); err != nil {
		return 0, err
	}
	race.Release()
	for {
		n, err := socket.SendNow(d.FD, p[sent:min(len(p), sent+directMax)])
		switch sent += n; {
		case err == socket.ErrWouldBlock:
			d.direct.moved[Writing].move(sent)
			return sent, errByRequest
		case err != nil && err != socket.ErrInterrupted:
			d.transferred(Writing, sent, err)
			return sent, err
		case sent == len(p):
			race.Read(p)
			d.transferred(Writing, sent, nil)
			return sent, nil
		}
	}
}
