//go:build unix

package await

import (
	"context"
	"errors"
	goio "io"
	"net"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// waitRead is WaitRead in the form of later.
func waitRead(ctx context.Context, c *Conn) <-chan outcome {
	return later(func() (int, error) { return 0, c.WaitRead(ctx) })
}

func TestWaitReadReturnsWhenThereIsData(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		ctx := context.Background()
		waiting := waitRead(ctx, a)
		waitUnderWay(t, io, 1)
		_, err := b.Write([]byte("data"))
		must(t, err)
		must(t, receive(t, waiting, "end of WaitRead").err)
		must(t, a.WaitRead(ctx)) // it is still there
		buf := make([]byte, 8)
		n, err := a.Read(buf)
		wantCount(t, "Read", n, err, 4)

		waiting = waitRead(ctx, a)
		waitUnderWay(t, io, 1)
		must(t, b.CloseWrite())
		must(t, receive(t, waiting, "end of WaitRead").err)
		_, err = a.Read(buf)
		wantIs(t, err, goio.EOF)
		must(t, a.WaitRead(ctx)) // the end stays
	})
}

func TestWaitReadIsEndedAsReadIs(t *testing.T) {
	onConns(t, func(t *testing.T, io *IO, a, b *Conn) {
		waiting := waitRead(context.Background(), a)
		waitUnderWay(t, io, 1)
		must(t, a.SetReadDeadline(time.Unix(1, 0)))
		err := receive(t, waiting, "end at the deadline").err
		wantDeadline(t, err)
		wantNetError(t, err, "read", a)
		wantDeadline(t, a.WaitRead(context.Background()))
		must(t, a.SetReadDeadline(time.Time{}))

		cause := errors.New("cause")
		ctx, cancel := context.WithCancelCause(context.Background())
		waiting = waitRead(ctx, a)
		waitUnderWay(t, io, 1)
		cancel(cause)
		wantIs(t, receive(t, waiting, "end of the context").err, cause, proactor.ErrCanceled)
		wantIs(t, a.WaitRead(ctx), cause)

		waiting = waitRead(context.Background(), a)
		waitUnderWay(t, io, 1)
		must(t, a.Close())
		wantIs(t, receive(t, waiting, "end at Close").err, net.ErrClosed)
		wantIs(t, a.WaitRead(context.Background()), net.ErrClosed)
	})
}

// A connection that was reset has something to read: the error.
func TestWaitReadOfAResetConnection(t *testing.T) {
	io := open(t, Config{})
	a, b := pairOn(t, io, "tcp4")
	waiting := waitRead(context.Background(), a)
	waitUnderWay(t, io, 1)
	must(t, b.SetLinger(0))
	must(t, b.Close())
	must(t, receive(t, waiting, "end of WaitRead").err)
	if n, err := a.Read(make([]byte, 1)); err == nil || errors.Is(err, goio.EOF) {
		t.Errorf("Read: %d, %v, want a reset", n, err)
	}
}
