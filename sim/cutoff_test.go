//go:build unix

package sim_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/awaitio/awaitio/await"
	"github.com/awaitio/awaitio/sim"
)

// A program whose call fails because of a crash or a kill finds that its context has ended: by
// that it knows that the error is not one to report. The World is in real time, so the program
// runs beside Crash.
func TestContextEndsBeforeCallsFail(t *testing.T) {
	w := sim.New(t, 1, sim.Config{})
	var early atomic.Int64
	waits := make(chan struct{}, 1)
	h := w.Host("a", func(ctx context.Context, io *await.IO) error {
		l, err := io.Listen("tcp", ":80")
		if err != nil {
			return err
		}
		waits <- struct{}{}
		_, err = l.Accept()
		if context.Cause(ctx) != sim.ErrCrashed {
			early.Add(1)
		}
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("accept: %v", err)
		}
		return err
	})
	for i := range 200 {
		<-waits
		time.Sleep(time.Duration(i) * time.Microsecond)
		if i%2 == 0 {
			h.Crash()
		} else {
			h.Kill()
		}
		if err := h.Wait(); err == nil {
			t.Fatal("the program has no error")
		}
		h.Restart()
	}
	<-waits
	h.Kill()
	_ = h.Wait() // as before
	if n := early.Load(); n > 0 {
		t.Errorf("%d calls of 200 failed before the context ended", n)
	}
}
