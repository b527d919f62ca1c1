//go:build unix

package await

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func isDone(f Pending) bool {
	select {
	case <-f.Done():
		return true
	default:
		return false
	}
}

func TestFutureIsUnderWayWithoutAwait(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	p := make([]byte, 8)
	f := io.Async().Recv(b, p, 0)
	waitInFlight(t, io, 1)
	if isDone(f) {
		t.Error("Done is closed before anything was sent")
	}
	mustWrite(t, a, []byte("data"))
	receive(t, f.Done(), "data")
	if got := string(p[:4]); got != "data" {
		t.Errorf("received %q before Await, want data", got)
	}
	n, err := f.Await(background)
	wantCount(t, "Await", n, err, 4)
}

func TestAwaitAgainReturnsTheSame(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	f := io.Async().Recv(b, make([]byte, 8), 0)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 2 {
				if n, err := f.Await(background); n != 4 || err != nil {
					t.Errorf("Await: got %d, %v, want 4 and no error", n, err)
				}
			}
		})
	}
	mustWrite(t, a, []byte("data"))
	wg.Wait()

	failed := io.Async().OpenAt(proactor.AtCWD, "no/such/file", 0, 0)
	_, first := failed.Await(background)
	wantIs(t, first, os.ErrNotExist)
	if _, err := failed.Await(background); err != first {
		t.Errorf("the second Await failed with %v, the first with %v", err, first)
	}
}

func TestAwaitWithNilContextIsRefusedAndTheOperationGoesOn(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	f := io.Async().Recv(b, make([]byte, 8), 0)
	_, err := f.Await(noContext)
	wantOpError(t, err, "await", -1)
	wantIs(t, err, os.ErrInvalid)
	mustWrite(t, a, []byte("data"))
	n, err := f.Await(background)
	wantCount(t, "Await", n, err, 4)
}

func TestAwaitWithEndedContextCancelsAndWaits(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	p := make([]byte, 8)
	f := io.Async().Recv(b, p, 0)
	ctx, cause := canceled()
	_, err := f.Await(ctx)
	wantCanceledFor(t, err, cause, "recv", b)
	if !isDone(f) {
		t.Error("Await returned before the operation's end")
	}
	testutil.Poison(p)
	mustWrite(t, a, []byte("late"))
	mustRead(t, b, 4)
	testutil.CheckPoison(t, p)
	_, err = f.Await(background)
	wantCanceledFor(t, err, cause, "recv", b)
}

func TestAwaitWithEndedContextReturnsTheResultThatIsThere(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	mustWrite(t, a, []byte("data"))
	f := io.Async().Recv(b, make([]byte, 8), 0)
	receive(t, f.Done(), "data")
	ctx, _ := canceled()
	n, err := f.Await(ctx)
	wantCount(t, "Await", n, err, 4)
}

// One that awaits with a context that ends, and one with a context that does
// not: both get the operation's one result.
func TestAwaitsShareTheirFate(t *testing.T) {
	io := open(t, Config{})
	_, b := socketPair(t)
	for range 100 {
		f := io.Async().Recv(b, make([]byte, 8), 0)
		patient := later(func() (int, error) { return f.Await(background) })
		all := later(func() (int, error) { return 0, All(background, f) })
		ctx, cause := canceled()
		_, err := f.Await(ctx)
		wantCanceledFor(t, err, cause, "recv", b)
		wantCanceledFor(t, receive(t, patient, "end of the other Await").err, cause, "recv", b)
		wantCanceledFor(t, receive(t, all, "end of All").err, cause, "recv", b)
	}
}

func TestCancelStopsAFuture(t *testing.T) {
	for _, w := range waitingCalls {
		t.Run(w.op, func(t *testing.T) {
			io := open(t, Config{})
			fd, addr := w.prepare(t)
			a := io.Async()
			var f Pending
			var result func(context.Context) error
			keep := func(g *Future[int]) {
				f, result = g, func(ctx context.Context) error { _, err := g.Await(ctx); return err }
			}
			keepNone := func(g *Future[None]) { f, result = g, func(ctx context.Context) error { return done(ctx, g) } }
			switch w.op {
			case "recv":
				keep(a.Recv(fd, make([]byte, 8), 0))
			case "recvmsg":
				keep(a.RecvMsg(fd, message(8), 0))
			case "send":
				keep(a.Send(fd, make([]byte, 8), 0))
			case "sendmsg":
				keep(a.SendMsg(fd, message(8), 0))
			case "connect":
				keepNone(a.Connect(fd, addr))
			case "accept":
				keep(a.Accept(fd, 0))
			case "read":
				keep(a.Read(fd, make([]byte, 8), proactor.CurrentPosition))
			case "poll":
				keep(a.Poll(fd, unix.POLLIN))
			case "sleep":
				keepNone(a.Sleep(time.Hour))
			default:
				t.Fatalf("no future of %s", w.op)
			}
			f.Cancel()
			f.Cancel()
			receive(t, f.Done(), "end of the operation")
			err := result(background)
			wantOpError(t, err, w.op, fd)
			wantIs(t, err, proactor.ErrCanceled)
			wantIsNot(t, err, os.ErrDeadlineExceeded, context.Canceled, net.ErrClosed)
		})
	}
}

func TestCancelAfterTheEndChangesNothing(t *testing.T) {
	io := open(t, Config{})
	a, b := socketPair(t)
	mustWrite(t, a, []byte("data"))
	f := io.Async().Recv(b, make([]byte, 8), 0)
	receive(t, f.Done(), "data")
	f.Cancel()
	n, err := f.Await(background)
	wantCount(t, "Await", n, err, 4)
	f.Cancel()
	n, err = f.Await(background)
	wantCount(t, "Await", n, err, 4)
}

func TestCloseFDFutureCannotBeCanceled(t *testing.T) {
	io := open(t, Config{})
	for range 100 {
		a, b := socketPair(t)
		disown(t, a)
		f := io.Async().CloseFD(a)
		f.Cancel()
		must(t, done(background, f))
		if got := drain(t, b); len(got) > 0 {
			t.Errorf("got %q from a closed peer", got)
		}
		closeFD(t, b)
	}
}

func TestRefusedSubmissionIsAFailedFuture(t *testing.T) {
	io := open(t, Config{})
	f := io.Async().Recv(-1, make([]byte, 8), 0)
	if !isDone(f) {
		t.Fatal("Done of a refused future is not closed")
	}
	f.Cancel()
	_, err := f.Await(background)
	wantOpError(t, err, "recv", -1)
	wantIs(t, err, unix.EBADF, os.ErrInvalid)
	ctx, _ := canceled()
	if _, again := f.Await(ctx); !errors.Is(again, unix.EBADF) {
		t.Errorf("Await with an ended context: got %v, want the refusal", again)
	}
}

func TestFuturesOfEveryCallFailOnAClosedIO(t *testing.T) {
	io := open(t, Config{})
	a, _ := socketPair(t)
	must(t, io.Close())
	for _, call := range everyCall {
		_, err := call.make(background, futures{io.Async()}, a)
		wantOpError(t, err, call.op, call.fd(a))
		wantIs(t, err, net.ErrClosed)
	}
}
