package await

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/fdcall"
	"github.com/awaitio/awaitio/proactor"
)

func TestWithCauseLeavesOtherErrorsAlone(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	plain := errors.New("plain")
	for _, err := range []error{nil, plain, os.ErrDeadlineExceeded,
		&proactor.OpError{Op: "recv", FD: 3, Err: fs.ErrInvalid},
		&proactor.OpError{Op: "recv", FD: 3, Err: net.ErrClosed}} {
		want := ""
		if err != nil {
			want = err.Error()
		}
		r := fdcall.WithCause(proactor.Result{N: 7, Err: err}, ctx)
		if r.N != 7 || r.Err != err {
			t.Errorf("withCause(7, %v): got %d, %v", err, r.N, r.Err)
		}
		if err != nil && r.Err.Error() != want {
			t.Errorf("the error says %q now, and said %q", r.Err, want)
		}
	}
}

func TestWithCauseSaysWhy(t *testing.T) {
	cause := errors.New("changed my mind")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	r := fdcall.WithCause(proactor.Result{N: 7, Err: &proactor.OpError{Op: "recv", FD: 3, Err: proactor.ErrCanceled}}, ctx)
	if r.N != 7 {
		t.Errorf("the count is %d now, and was 7", r.N)
	}
	if !errors.Is(r.Err, cause) || !errors.Is(r.Err, proactor.ErrCanceled) || errors.Is(r.Err, os.ErrDeadlineExceeded) {
		t.Errorf("got %v, want one that is the cause and ErrCanceled", r.Err)
	}
	if got, want := r.Err.Error(), "recv (descriptor 3): changed my mind"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// timeouts is an error that says so.
type timeouts bool

func (timeouts) Error() string   { return "in time or not" }
func (t timeouts) Timeout() bool { return bool(t) }

func TestCanceledErrorIsATimeoutIfItsCauseIs(t *testing.T) {
	for _, tt := range []struct {
		cause error
		want  bool
	}{
		{context.DeadlineExceeded, true},
		{context.Canceled, false},
		{timeouts(true), true},
		{timeouts(false), false},
		{errors.Join(timeouts(true), errors.New("more")), true},
	} {
		err := error(&fdcall.CanceledError{Cause: tt.cause})
		var timeout net.Error
		if !errors.As(err, &timeout) {
			t.Fatalf("%v is no net.Error", err)
		}
		if timeout.Timeout() != tt.want {
			t.Errorf("%v: Timeout() == %v, want %v", tt.cause, timeout.Timeout(), tt.want)
		}
	}
}

func TestNilContextErrorIsInvalid(t *testing.T) {
	if !errors.Is(fdcall.ErrNilContext, os.ErrInvalid) || errors.Is(fdcall.ErrNilContext, os.ErrClosed) {
		t.Error("the refusal of a nil context is not os.ErrInvalid alone")
	}
}

// The end of a context that has a cause is both, whoever tells it.
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
