//go:build unix

package await

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	goio "io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
)

// Law 2: however many receives are stopped at whatever moment, the bytes
// arrive as they were sent.
func TestNoByteIsLostToTimeoutsAndCancellations(t *testing.T) {
	const streams, receives = 4, 1500
	forms := map[string]func(io *IO) calls{
		"blocking": func(io *IO) calls { return io },
		"future":   func(io *IO) calls { return futures{io.Async()} },
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			io := open(t, Config{})
			random := seeded(t)
			var wg sync.WaitGroup
			for range streams {
				a, b := socketPair(t)
				sender, receiver := rand.New(rand.NewPCG(random.Uint64(), 1)), rand.New(rand.NewPCG(random.Uint64(), 2))
				enough := make(chan struct{})
				sent := make(chan int, 1)
				wg.Go(func() { sent <- sendSteadily(t, io, a, sender, enough) })
				wg.Go(func() {
					got, stopped, err := receiveImpatiently(form(io), b, receiver, receives, enough)
					if err != nil {
						t.Error(err)
					}
					if stopped == 0 || stopped == receives {
						t.Errorf("%d of %d receives were stopped: this tests nothing", stopped, receives)
					}
					if want := testutil.FileContents(0, <-sent); !bytes.Equal(got, want) {
						t.Errorf("the %d bytes received are not the %d that were sent", len(got), len(want))
					}
				})
			}
			wg.Wait()
		})
	}
}

// sendSteadily sends FileContents in small pieces until enough, and then the
// end. It returns how many bytes that was.
func sendSteadily(t *testing.T, io *IO, fd int, random *rand.Rand, enough <-chan struct{}) (total int) {
	for {
		select {
		case <-enough:
			if err := io.ShutdownSocket(background, fd, unix.SHUT_WR); err != nil {
				t.Errorf("Shutdown: %v", err)
			}
			return total
		case <-time.After(time.Duration(random.Int64N(int64(150 * time.Microsecond)))):
		}
		p := testutil.FileContents(total, 1+random.IntN(300))
		if n, err := io.Send(background, fd, p, 0); n != len(p) || err != nil {
			t.Errorf("Send: got %d, %v", n, err)
		}
		total += len(p)
	}
}

// receiveImpatiently makes receives that are stopped soon, closes enough, and
// then receives the rest.
func receiveImpatiently(c calls, fd int, random *rand.Rand, receives int, enough chan<- struct{}) (got []byte, stopped int, err error) {
	p := make([]byte, 200)
	for range receives {
		n, err := receiveImpatientlyOnce(c, fd, p, random)
		got = append(got, p[:n]...)
		testutil.Poison(p)
		switch {
		case err == nil && n > 0:
		case n == 0 && (errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.Canceled)):
			stopped++
		default:
			close(enough)
			return got, stopped, fmt.Errorf("receive: got %d, %w", n, err)
		}
	}
	close(enough)
	for {
		n, err := c.Recv(background, fd, p, 0)
		got = append(got, p[:n]...)
		switch {
		case err == goio.EOF:
			return got, stopped, nil
		case err != nil:
			return got, stopped, err
		}
	}
}

func receiveImpatientlyOnce(c calls, fd int, p []byte, random *rand.Rand) (int, error) {
	d := time.Duration(random.Int64N(int64(200 * time.Microsecond)))
	if random.IntN(2) == 0 {
		return c.RecvWithTimeout(background, fd, p, 0, d)
	}
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	timer := time.AfterFunc(d, cancel)
	defer timer.Stop()
	return c.Recv(ctx, fd, p, 0)
}
