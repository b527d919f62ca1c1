package await

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/proactor"
)

// The end of a context that has a cause is both, for every call.
func TestEndsAreTheCauseAndTheContextsError(t *testing.T) {
	io := open(t, Config{})
	a, _ := pairOn(t, io, "tcp4")
	l := listenOn(t, io, "tcp4")
	cause := errors.New("budget")
	for name, call := range map[string]func(ctx context.Context) error{
		"Sleep":         func(ctx context.Context) error { return io.Sleep(ctx, time.Hour) },
		"Await":         func(ctx context.Context) error { _, err := io.Async().Sleep(time.Hour).Await(ctx); return err },
		"All":           func(ctx context.Context) error { return All(ctx, io.Async().Sleep(time.Hour)) },
		"Race":          func(ctx context.Context) error { _, err := Race(ctx, io.Async().Sleep(time.Hour)); return err },
		"ReadContext":   func(ctx context.Context) error { _, err := a.ReadContext(ctx, make([]byte, 1)); return err },
		"AcceptContext": func(ctx context.Context) error { _, err := l.AcceptContext(ctx); return err },
		"DialContext":   func(ctx context.Context) error { _, err := io.DialContext(ctx, "tcp", "192.0.2.1:1"); return err },
		"Stat":          func(ctx context.Context) error { _, err := io.StatContext(ctx, "."); return err },
		"OpenContext":   func(ctx context.Context) error { _, err := io.OpenContext(ctx, "."); return err },
	} {
		t.Run(name, func(t *testing.T) {
			canceled, cancel := context.WithCancelCause(background)
			cancel(cause)
			wantIs(t, call(canceled), cause, context.Canceled, proactor.ErrCanceled)
			expired, stop := context.WithDeadlineCause(background, time.Unix(1, 0), cause)
			defer stop()
			err := call(expired)
			wantIs(t, err, cause, context.DeadlineExceeded, proactor.ErrCanceled)
			var timeout interface{ Timeout() bool }
			if !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Errorf("%v is no timeout", err)
			}
		})
	}
}

func TestSleepIsCalledSo(t *testing.T) {
	io := open(t, Config{})
	ctx, cause := canceled()
	wantOpError(t, io.Sleep(ctx, time.Hour), "sleep", -1)
	wantOpError(t, io.Sleep(background, -1), "sleep", -1)
	_, err := io.Async().Sleep(time.Hour).Await(ctx)
	wantOpError(t, err, "sleep", -1)
	wantIs(t, err, cause)
	_, err = io.Async().Sleep(-1).Await(background)
	wantOpError(t, err, "sleep", -1)
	wantIs(t, err, os.ErrInvalid)
}
