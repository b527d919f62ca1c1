//go:build unix

package proactor_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

var errWhy = errors.New("the reason why")

func TestRunOfAnEndedContextDoesNothing(t *testing.T) {
	p := open(t, proactor.Config{})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errWhy)
	tick := start(t, func(o *op) error { return p.NextTick(&o.c, o.done) })
	if err := p.Run(ctx); !errors.Is(err, errWhy) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want the context's cause and its Err", err)
	}
	if tick.isDone() {
		t.Error("a callback ran")
	}
	wantN(t, wait(t, p, tick), 0)
}

func TestRunEndsWithItsContextWhileParked(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 4), 0, o.done) })
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	testutil.Eventually(t, patience, func() bool { return p.Stats().InFlight == 1 }, "the loop parks")
	cancel(errWhy)
	if err := testutil.Receive(t, ended, "end of Run"); !errors.Is(err, errWhy) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want the context's cause and its Err", err)
	}
	if recv.isDone() {
		t.Fatalf("the end of Run ended an operation: %v", recv.result.Err)
	}
	// It goes on when the proactor is driven again.
	mustWrite(t, b, []byte("x"))
	wantN(t, wait(t, p, recv), 1)
}

func TestRunEndsWithItsContextWhileBusy(t *testing.T) {
	p := open(t, proactor.Config{})
	ctx, cancel := context.WithCancelCause(t.Context())
	rounds, stop := 0, false
	var o op
	var again proactor.Callback
	again = func(c *proactor.Completion, r proactor.Result) {
		if rounds++; rounds == 100 {
			cancel(errWhy)
		}
		if stop {
			o.done(c, r)
		} else if err := p.Nop(c, again); err != nil {
			t.Error(err)
		}
	}
	if err := p.Nop(&o.c, again); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(ctx); !errors.Is(err, errWhy) || !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v, want the context's cause and its Err", err)
	}
	if rounds < 100 {
		t.Errorf("%d rounds", rounds)
	}
	stop = true
	wait(t, p, &o)
}

func TestRunOfADeadlineEndsWithIt(t *testing.T) {
	p := open(t, proactor.Config{})
	const d = 5 * time.Millisecond
	begin := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := p.Run(ctx); err != context.DeadlineExceeded {
		t.Errorf("Run: %v", err)
	}
	if early := d - time.Since(begin); early > 0 {
		t.Errorf("%v early", early)
	}
}

// One of many Runs never misses the end of its context.
func TestRunNeverMissesTheEndOfItsContext(t *testing.T) {
	p := open(t, proactor.Config{})
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		ended := make(chan error, 1)
		go func() { ended <- p.Run(ctx) }()
		if err := testutil.Receive(t, ended, "end of Run"); err != context.Canceled {
			t.Fatalf("Run: %v", err)
		}
	}
}

// With nothing but a receive that nobody answers, Tick comes back.
func TestTickDoesNotBlock(t *testing.T) {
	p := open(t, proactor.Config{})
	a, _ := testutil.SocketPair(t)
	recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 4), 0, o.done) })
	timeout := start(t, func(o *op) error { return p.Timeout(&o.c, time.Hour, o.done) })
	ended := make(chan error, 1)
	go func() {
		var err error
		for range 1000 {
			err = errors.Join(err, p.Tick())
		}
		ended <- err
	}()
	if err := testutil.Receive(t, ended, "return of a thousand Ticks"); err != nil {
		t.Error(err)
	}
	if recv.isDone() || timeout.isDone() {
		t.Error("an operation ended")
	}
}

func TestRunForReturnsWhenTheTimeIsUpAndNotBefore(t *testing.T) {
	p := open(t, proactor.Config{})
	for _, d := range []time.Duration{0, 1, time.Millisecond, 20 * time.Millisecond} {
		begin := time.Now()
		if err := p.RunFor(d); err != nil {
			t.Fatal(err)
		}
		elapsed := time.Since(begin)
		if elapsed < d {
			t.Errorf("RunFor(%v) took %v", d, elapsed)
		}
		if elapsed > d+patience/2 {
			t.Errorf("RunFor(%v) took %v", d, elapsed)
		}
	}
}

func TestRunForReturnsThoughAlwaysBusy(t *testing.T) {
	p := open(t, proactor.Config{})
	stop := false
	var o op
	var again proactor.Callback
	again = func(c *proactor.Completion, r proactor.Result) {
		if stop {
			o.done(c, r)
		} else if err := p.NextTick(c, again); err != nil {
			t.Error(err)
		}
	}
	if err := p.NextTick(&o.c, again); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := p.RunFor(5 * time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(begin); d > patience/2 {
		t.Errorf("RunFor(5 ms) took %v", d)
	}
	stop = true
	wait(t, p, &o)
}

func TestRunForRefusesANegativeDuration(t *testing.T) {
	p := open(t, proactor.Config{})
	err := p.RunFor(-1)
	wantIs(t, err, os.ErrInvalid)
	var e *proactor.OpError
	if !errors.As(err, &e) {
		t.Errorf("error of type %T", err)
	}
	if err := p.RunFor(0); err != nil { // nobody drives
		t.Error(err)
	}
}

func TestOneDrivesAtATime(t *testing.T) {
	p := open(t, proactor.Config{})
	entered, leave := make(chan bool), make(chan bool)
	var o op
	if err := p.NextTick(&o.c, func(*proactor.Completion, proactor.Result) {
		entered <- true
		<-leave
	}); err != nil {
		t.Fatal(err)
	}
	stop := run(t, p)
	testutil.Receive(t, entered, "callback")
	for name, err := range map[string]error{
		"Run": p.Run(t.Context()), "RunFor": p.RunFor(0), "Tick": p.Tick(),
	} {
		if err != proactor.ErrRunning {
			t.Errorf("%s: %v, want ErrRunning", name, err)
		}
	}
	leave <- true
	if err := stop(); err != context.Canceled {
		t.Errorf("Run: %v", err)
	}
	if err := p.Tick(); err != nil { // now nobody does
		t.Error(err)
	}
}

func TestCallbacksCannotDrive(t *testing.T) {
	p := open(t, proactor.Config{})
	var errs []error
	r := do(t, p, func(o *op) error {
		return p.NextTick(&o.c, func(c *proactor.Completion, r proactor.Result) {
			errs = append(errs, p.Tick(), p.RunFor(0), p.Run(t.Context()))
			o.done(c, r)
		})
	})
	wantN(t, r, 0)
	for i, err := range errs {
		if err != proactor.ErrRunning {
			t.Errorf("number %d: %v, want ErrRunning", i, err)
		}
	}
}

// The goroutine that drives may be another each time.
func TestDrivingFromOneGoroutineAfterAnother(t *testing.T) {
	p := open(t, proactor.Config{})
	a, b := testutil.SocketPair(t)
	for range 20 {
		recv := start(t, func(o *op) error { return p.Recv(&o.c, a, make([]byte, 4), 0, o.done) })
		ticked := make(chan error, 1)
		go func() { ticked <- p.Tick() }()
		if err := testutil.Receive(t, ticked, "return of Tick"); err != nil {
			t.Fatal(err)
		}
		mustWrite(t, b, []byte("x"))
		wantN(t, wait(t, p, recv), 1)
	}
}

// drives are the ways to drive a proactor.
var drives = map[string]func(p *proactor.Proactor) error{
	"Tick":   func(p *proactor.Proactor) error { return p.Tick() },
	"RunFor": func(p *proactor.Proactor) error { return p.RunFor(time.Hour) },
	"Run":    func(p *proactor.Proactor) error { return p.Run(context.Background()) },
}

func TestPanickingCallbackLeavesTheRestForTheNextDrive(t *testing.T) {
	for name, drive := range drives {
		t.Run(name, func(t *testing.T) {
			p := open(t, proactor.Config{})
			before := start(t, func(o *op) error { return p.NextTick(&o.c, o.done) })
			if err := p.NextTick(new(proactor.Completion), func(*proactor.Completion, proactor.Result) { panic(errWhy) }); err != nil {
				t.Fatal(err)
			}
			after := start(t, func(o *op) error { return p.NextTick(&o.c, o.done) })
			nop := start(t, func(o *op) error { return p.Nop(&o.c, o.done) })
			if got := panicOf(func() { _ = drive(p) }); got != errWhy {
				t.Errorf("the panic was %v", got)
			}
			if !before.isDone() || after.isDone() {
				t.Errorf("done before the panic: %v and %v", before.isDone(), after.isDone())
			}
			wantN(t, wait(t, p, after), 0)
			wantN(t, wait(t, p, nop), 0)
			if before.calls != 1 || after.calls != 1 || nop.calls != 1 {
				t.Errorf("%d, %d and %d callbacks", before.calls, after.calls, nop.calls)
			}
		})
	}
}

// panicOf returns what f panics with.
func panicOf(f func()) (got any) {
	defer func() { got = recover() }()
	f()
	return nil
}
