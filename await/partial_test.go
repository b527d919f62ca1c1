//go:build unix

package await

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// waitTakenOff waits until the kernel has taken what fd had received.
func waitTakenOff(t testing.TB, fd int) {
	t.Helper()
	testutil.Eventually(t, patience, func() bool {
		_, err := sysPeek(t, fd)
		return errors.Is(err, unix.EAGAIN)
	}, "the receive takes what is there")
}

func TestStoppedReceiveOfAllReportsItsBytesAndTheReason(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, b := socketPair(t)
		p := make([]byte, 100)
		sent := testutil.FileContents(0, 40)

		ctx, cancel := context.WithCancel(background)
		defer cancel()
		ended := later(func() (int, error) { return c.Recv(ctx, b, p, unix.MSG_WAITALL) })
		waitInFlight(t, io, 1)
		mustWrite(t, a, sent)
		waitTakenOff(t, b)
		cancel()
		o := receive(t, ended, "end of the receive")
		wantCanceledFor(t, o.err, context.Canceled, "recv", b)
		if !bytes.Equal(p[:o.n], sent) {
			t.Errorf("got %d bytes, want the 40 that were sent", o.n)
		}

		mustWrite(t, a, sent)
		n, err := c.RecvWithTimeout(background, b, p, unix.MSG_WAITALL, 3*time.Millisecond)
		wantTimedOut(t, err, "recv", b)
		if !bytes.Equal(p[:n], sent) {
			t.Errorf("got %d bytes, want the 40 that were sent", n)
		}
	})
}

func TestReceiveOfAllWaitsForAll(t *testing.T) {
	bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
		a, b := socketPair(t)
		want := testutil.FileContents(0, 100)
		p := make([]byte, len(want))
		ended := later(func() (int, error) { return c.Recv(background, b, p, unix.MSG_WAITALL) })
		waitInFlight(t, io, 1)
		mustWrite(t, a, want[:60])
		waitTakenOff(t, b)
		mustWrite(t, a, want[60:])
		o := receive(t, ended, "end of the receive")
		wantCount(t, "Recv", o.n, o.err, len(want))
		if !bytes.Equal(p, want) {
			t.Error("other bytes arrived than were sent")
		}
	})
}

// A peer that reads a bit and stops: the send tells how much went out, and no
// more than that ever arrives, whatever happens to its buffer afterwards.
func TestStoppedSendReportsItsBytesAndTheReason(t *testing.T) {
	const size, read = 8 << 20, 100 << 10
	contents := testutil.FileContents(0, size)
	stops := map[string]func(t *testing.T, c calls, fd int, p []byte, peerHasRead <-chan struct{}) int{
		"canceled": func(t *testing.T, c calls, fd int, p []byte, peerHasRead <-chan struct{}) int {
			ctx, cancel := context.WithCancel(background)
			go func() {
				<-peerHasRead
				cancel()
			}()
			n, err := c.Send(ctx, fd, p, 0)
			wantCanceledFor(t, err, context.Canceled, "send", fd)
			return n
		},
		"timed out": func(t *testing.T, c calls, fd int, p []byte, _ <-chan struct{}) int {
			n, err := c.SendWithTimeout(background, fd, p, 0, 20*time.Millisecond)
			wantTimedOut(t, err, "send", fd)
			return n
		},
	}
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				a, b := socketPair(t)
				p := bytes.Clone(contents)
				peerHasRead := make(chan struct{})
				got := make([]byte, read)
				go func() {
					defer close(peerHasRead)
					for rest := got; len(rest) > 0; {
						n, err := sysRead(t, b, rest)
						if err != nil && !errors.Is(err, unix.EINTR) {
							t.Errorf("read: %v", err)
							return
						}
						rest = rest[max(n, 0):]
					}
				}()
				n := stop(t, c, a, p, peerHasRead)
				if n <= 0 || n >= size {
					t.Errorf("sent %d bytes, want some but not all", n)
				}
				clear(p)
				<-peerHasRead
				must(t, sysShutdown(t, a, unix.SHUT_WR))
				got = append(got, drain(t, b)...)
				if len(got) != n {
					t.Errorf("%d bytes arrived, and the send said %d", len(got), n)
				}
				if !bytes.Equal(got, contents[:len(got)]) {
					t.Error("other bytes arrived than were sent")
				}
			})
		})
	}
}
