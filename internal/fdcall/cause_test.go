package fdcall

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"testing"

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
		r := withCause(proactor.Result{N: 7, Err: err}, ctx)
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
	r := withCause(proactor.Result{N: 7, Err: &proactor.OpError{Op: "recv", FD: 3, Err: proactor.ErrCanceled}}, ctx)
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
		err := error(&CanceledError{Cause: tt.cause})
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
	if !errors.Is(ErrNilContext, os.ErrInvalid) || errors.Is(ErrNilContext, os.ErrClosed) {
		t.Error("the refusal of a nil context is not os.ErrInvalid alone")
	}
}
