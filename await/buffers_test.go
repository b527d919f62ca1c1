//go:build unix

package await

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// Law 1: a buffer that came back is the caller's. What the peer sends later goes
// into another.
func TestReturnedBufferIsNotWrittenTo(t *testing.T) {
	random := seeded(t)
	stops := map[string]func(c calls, fd int, p []byte, d time.Duration) (int, error){
		"timed out": func(c calls, fd int, p []byte, d time.Duration) (int, error) {
			return c.RecvWithTimeout(background, fd, p, 0, d)
		},
		"canceled": func(c calls, fd int, p []byte, d time.Duration) (int, error) {
			ctx, cancel := context.WithTimeout(background, d)
			defer cancel()
			return c.Recv(ctx, fd, p, 0)
		},
		"message timed out": func(c calls, fd int, p []byte, d time.Duration) (int, error) {
			return c.RecvMsgWithTimeout(background, fd, &proactor.Message{Buffers: [][]byte{p[:100], p[100:]}}, 0, d)
		},
		"read of a pipe canceled": func(c calls, fd int, p []byte, d time.Duration) (int, error) {
			ctx, cancel := context.WithTimeout(background, d)
			defer cancel()
			return c.Read(ctx, fd, p, proactor.CurrentPosition)
		},
	}
	for name, stopped := range stops {
		t.Run(name, func(t *testing.T) {
			bothForms(t, Config{}, func(t *testing.T, io *IO, c calls) {
				pair := socketPair
				if name == "read of a pipe canceled" {
					pair = pipe
				}
				reader, writer := pair(t)
				sent := testutil.FileContents(0, 300)
				lent := make([]byte, len(sent))
				for range 150 {
					n, err := stopped(c, reader, lent, time.Duration(random.Int64N(int64(100*time.Microsecond))))
					if n != 0 || err == nil {
						t.Fatalf("got %d, %v, want an end without data", n, err)
					}
					testutil.Poison(lent)
					mustWrite(t, writer, sent)
					got := make([]byte, len(sent))
					n, err = c.Read(background, reader, got, proactor.CurrentPosition)
					wantCount(t, "Read", n, err, len(sent))
					if !bytes.Equal(got, sent) {
						t.Fatal("other bytes arrived than were sent")
					}
					testutil.CheckPoison(t, lent)
				}
			})
		})
	}
}

// The same for a future: its buffer is lent until Done, and not longer.
func TestBufferIsFreeWhenDoneIsClosed(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	lent := make([]byte, 64)
	for range 500 {
		f := io.Async().Recv(b, lent, 0)
		f.Cancel()
		receive(t, f.Done(), "end of the receive")
		testutil.Poison(lent)
		mustWrite(t, a, []byte("late"))
		got := make([]byte, 8)
		n, err := io.Recv(background, b, got, 0)
		wantCount(t, "Recv", n, err, 4)
		testutil.CheckPoison(t, lent)
	}
}
