package fdcall

import (
	"context"

	"github.com/awaitio/awaitio/internal/race"
	"github.com/awaitio/awaitio/internal/socket"
)

// Send sends all of p on a stream socket: the count is short only with an error. Its error is
// the bare cause. The caller sees to it that one sends at a time.
func (d *Descriptor) Send(ctx context.Context, p []byte) (sent int, err error) {
	if d != nil && d.transfersDirectly() {
		if sent, err = d.sendDirectly(ctx, p); err != errByRequest {
			return sent, err
		}
	}
	n, err := d.Call(ctx, Writing, func(w *Waiter) error {
		return w.Proactor.Send(&w.C, d.FD, p[sent:], 0, Deliver)
	})
	return sent + n, err
}

// sendDirectly is Send by the caller, as long as there is room. The rest is the proactor's.
func (d *Descriptor) sendDirectly(ctx context.Context, p []byte) (sent int, err error) {
	if ctx == nil {
		return 0, ErrNilContext
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
