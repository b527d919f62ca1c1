package timeout

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

// receive starts a receive on fd under d.
func receive(t *testing.T, p *proactor.Proactor, d *Deadline, fd int, buf []byte) chan result {
	t.Helper()
	c, done := new(proactor.Completion), make(chan result, 1)
	err := d.Submit(p, c, func() error {
		return p.Recv(c, fd, buf, 0, func(c *proactor.Completion, r result) {
			d.Release(c)
			done <- r
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func wantTimeout(t *testing.T, r result) {
	t.Helper()
	var timeout net.Error
	if !errors.Is(r.Err, os.ErrDeadlineExceeded) || !errors.Is(r.Err, proactor.ErrCanceled) ||
		!errors.As(r.Err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %d, %v; want a timeout", r.N, r.Err)
	}
}

func TestDeadlineStopsWhatIsUnderWay(t *testing.T) {
	p := running(t, proactor.Config{})
	a, _ := testutil.SocketPair(t)
	var d Deadline
	first := receive(t, p, &d, a, make([]byte, 8))
	second := receive(t, p, &d, a, make([]byte, 8))
	d.Set(time.Now().Add(10 * time.Millisecond))
	wantTimeout(t, <-first)
	wantTimeout(t, <-second)
}

func TestPassedDeadlineStopsWhatComes(t *testing.T) {
	p := running(t, proactor.Config{})
	a, _ := testutil.SocketPair(t)
	var d Deadline
	d.Set(time.Unix(1, 0))
	wantTimeout(t, testutil.Receive(t, receive(t, p, &d, a, make([]byte, 8)), "end of the receive"))
	if got := d.Time(); !got.Equal(time.Unix(1, 0)) {
		t.Errorf("Time is %v", got)
	}
}

func TestPassedDeadlineLosesNoData(t *testing.T) {
	p := running(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	if _, err := unix.Write(b, []byte("here")); err != nil {
		t.Fatal(err)
	}
	var d Deadline
	d.Set(time.Unix(1, 0))
	if r := testutil.Receive(t, receive(t, p, &d, a, make([]byte, 8)), "end of the receive"); r.N != 4 || r.Err != nil {
		t.Errorf("got %d, %v; want what was there", r.N, r.Err)
	}
}

func TestDeadlineIsMovedAndCleared(t *testing.T) {
	p := running(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	var d Deadline
	d.Set(time.Now().Add(30 * time.Millisecond))
	done := receive(t, p, &d, a, make([]byte, 8))
	d.Set(time.Now().Add(time.Hour))
	d.Set(time.Time{})
	passed := make(chan struct{})
	if _, err := AfterFunc(p, 50*time.Millisecond, func() { close(passed) }); err != nil {
		t.Fatal(err)
	}
	<-passed
	select {
	case r := <-done:
		t.Fatalf("a deadline that was taken away ended it: %d, %v", r.N, r.Err)
	default:
	}
	if _, err := unix.Write(b, []byte("late")); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.N != 4 || r.Err != nil {
		t.Errorf("got %d, %v", r.N, r.Err)
	}
	if len(d.bound) != 0 {
		t.Errorf("%d operations still bound", len(d.bound))
	}
}

func TestRefusedSubmissionIsNotBound(t *testing.T) {
	p := running(t, proactor.Config{})
	var d Deadline
	if err := d.Submit(p, new(proactor.Completion), func() error { return io.ErrUnexpectedEOF }); err != io.ErrUnexpectedEOF {
		t.Errorf("got %v", err)
	}
	d.Release(new(proactor.Completion))
	if len(d.bound) != 0 {
		t.Error("something is bound")
	}
}

func TestDeadlineMovesRaceWithData(t *testing.T) {
	p := running(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	var d Deadline
	got := 0
	buf := make([]byte, 64)
	for i := range 2000 {
		done := receive(t, p, &d, a, buf)
		go d.Set(time.Now())
		if i%2 == 0 {
			if _, err := unix.Write(b, []byte{1}); err != nil {
				t.Fatal(err)
			}
		}
		r := <-done
		got += r.N
		if r.Err != nil {
			wantTimeout(t, r)
		}
		d.Set(time.Time{})
	}
	d.Set(time.Time{})
	if _, err := unix.Write(b, []byte{1}); err != nil {
		t.Fatal(err)
	}
	for got < 1001 {
		d.Set(time.Time{}) // a goroutine of the last rounds may still set it
		if r := <-receive(t, p, &d, a, buf); r.Err == nil {
			got += r.N
		}
	}
	if got != 1001 {
		t.Errorf("%d bytes arrived of 1001", got)
	}
}

func TestCompletionLimitsAnyOperation(t *testing.T) {
	p := running(t, proactor.Config{})
	r, _ := testutil.Pipe(t)
	var c proactor.Completion
	callback, done := deliver()
	c.SetTimeout(time.Millisecond)
	if err := p.Read(&c, r, make([]byte, 8), proactor.CurrentPosition, callback); err != nil {
		t.Fatal(err)
	}
	wantTimeout(t, <-done)
	c.SetDeadline(time.Now())
	if err := p.Poll(&c, r, unix.POLLIN, callback); err != nil {
		t.Fatal(err)
	}
	wantTimeout(t, <-done)
	c.SetTimeout(-1)
	if err := p.Nop(&c, callback); !errors.Is(err, os.ErrInvalid) {
		t.Errorf("negative limit: %v", err)
	}
	if err := p.Nop(&c, callback); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.Err != nil {
		t.Errorf("the refused limit stayed: %v", r.Err)
	}
}
