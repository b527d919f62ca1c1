//go:build unix

package proactor_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/awaitio/awaitio/internal/testutil"
	"github.com/awaitio/awaitio/proactor"
)

func TestNop(t *testing.T) {
	p := open(t, proactor.Config{})
	wantN(t, do(t, p, func(o *op) error { return p.Nop(&o.c, o.done) }), 0)
}

func TestNilCallbackIsFine(t *testing.T) {
	p := open(t, proactor.Config{})
	var silent proactor.Completion
	if err := p.NextTick(&silent, nil); err != nil {
		t.Fatal(err)
	}
	wantN(t, do(t, p, func(o *op) error { return p.Nop(&o.c, o.done) }), 0)
	if err := p.NextTick(&silent, nil); err != nil { // it is idle again
		t.Error(err)
	}
}

// A callback never runs inside the call that submits.
func TestCallbacksComeFromTheLoop(t *testing.T) {
	p := open(t, proactor.Config{})
	var first, second op
	inside := false
	err := p.NextTick(&first.c, func(c *proactor.Completion, r proactor.Result) {
		first.done(c, r)
		inside = true
		err := p.NextTick(&second.c, func(c *proactor.Completion, r proactor.Result) {
			if inside {
				t.Error("called back inside NextTick")
			}
			second.done(c, r)
		})
		if err != nil {
			t.Error(err)
		}
		inside = false
	})
	if err != nil {
		t.Fatal(err)
	}
	if first.calls != 0 {
		t.Error("called back inside NextTick")
	}
	wait(t, p, &second)
}

func TestNextTicksComeInOrderOneRoundLater(t *testing.T) {
	const count = 10
	p := open(t, proactor.Config{})
	ops := make([]op, count)
	var got []int
	for i := range ops {
		if err := p.NextTick(&ops[i].c, func(c *proactor.Completion, r proactor.Result) {
			wantOK(t, r)
			got = append(got, i)
			if i == 0 { // goes behind those already there
				if err := p.NextTick(c, func(*proactor.Completion, proactor.Result) { got = append(got, count) }); err != nil {
					t.Error(err)
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	for range 2 {
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("callbacks came as %v, want %v", got, want)
		}
		want = append(want, count)
	}
}

func TestTimeoutIsNeverEarly(t *testing.T) {
	p := open(t, proactor.Config{})
	durations := []time.Duration{0, 1, time.Microsecond, 100 * time.Microsecond, time.Millisecond, 7 * time.Millisecond, 30 * time.Millisecond}
	calls := 0
	ops := make([]op, len(durations))
	for i, d := range durations {
		begin := time.Now()
		if err := p.Timeout(&ops[i].c, d, func(_ *proactor.Completion, r proactor.Result) {
			wantN(t, r, 0)
			if early := d - time.Since(begin); early > 0 {
				t.Errorf("%v is %v early", d, early)
			}
			calls++
		}); err != nil {
			t.Fatal(err)
		}
	}
	driveUntil(t, p, "all timeouts", func() bool { return calls == len(durations) })
}

func TestTimeoutsComeInTheOrderOfTheirEnds(t *testing.T) {
	p := open(t, proactor.Config{})
	var got []int
	ops := make([]op, 5)
	for i := range ops {
		if err := p.Timeout(&ops[i].c, time.Duration(5-i)*2*time.Millisecond, func(*proactor.Completion, proactor.Result) {
			got = append(got, i)
		}); err != nil {
			t.Fatal(err)
		}
	}
	driveUntil(t, p, "all timeouts", func() bool { return len(got) == len(ops) })
	if !slices.Equal(got, []int{4, 3, 2, 1, 0}) {
		t.Errorf("they came as %v", got)
	}
}

func TestTimeoutOfTheEarlierOfDurationAndDeadline(t *testing.T) {
	p := open(t, proactor.Config{})
	var o op
	o.c.SetDeadline(time.Now())
	if err := p.Timeout(&o.c, time.Hour, o.done); err != nil {
		t.Fatal(err)
	}
	wantN(t, wait(t, p, &o), 0)
	// It is used up.
	if err := p.Timeout(&o.c, time.Hour, o.done); err != nil {
		t.Fatal(err)
	}
	tickUnfinishedAgain(t, p, &o)
}

// tickUnfinishedAgain makes a few rounds in which o must not complete a second
// time.
func tickUnfinishedAgain(t *testing.T, p *proactor.Proactor, o *op) {
	t.Helper()
	for range 5 {
		if err := p.Tick(); err != nil {
			t.Fatal(err)
		}
	}
	if o.calls != 1 {
		t.Fatalf("%d callbacks, want 1", o.calls)
	}
}

func TestTriggersBeforeTheLoopLooksAreOne(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	listen := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	tickUnfinished(t, p, listen)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				p.Trigger(&e)
			}
		})
	}
	wg.Wait()
	wantN(t, wait(t, p, listen), 0)
	again := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	tickUnfinished(t, p, again)
	p.Trigger(&e)
	wantN(t, wait(t, p, again), 0)
}

func TestTriggerWithoutAListenerIsKept(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	p.Trigger(&e)
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	p.Trigger(&e)
	if err := p.Tick(); err != nil {
		t.Fatal(err)
	}
	wantN(t, do(t, p, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) }), 0)
	again := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	tickUnfinished(t, p, again) // two were one
}

func TestSecondListenerIsRefused(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	first := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	r := do(t, p, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	wantIs(t, r.Err, proactor.ErrInUse)
	if first.isDone() {
		t.Error("the second listener ended the first")
	}
	p.Trigger(&e)
	wantN(t, wait(t, p, first), 0)
}

// A trigger from another goroutine ends the loop's wait; none is lost.
func TestTriggerWakesTheLoop(t *testing.T) {
	const rounds = 2000
	p := open(t, proactor.Config{})
	stop := run(t, p)
	var e proactor.Event
	var c proactor.Completion
	heard := make(chan error, 1)
	for range rounds {
		if err := p.OnTrigger(&c, &e, func(_ *proactor.Completion, r proactor.Result) { heard <- r.Err }); err != nil {
			t.Fatal(err)
		}
		p.Trigger(&e)
		if err := testutil.Receive(t, heard, "trigger"); err != nil {
			t.Fatal(err)
		}
	}
	_ = stop()
}

func TestTriggerOfAClosedProactorDoesNothing(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	listen := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	wantIs(t, listen.result.Err, proactor.ErrClosed)
	p.Trigger(&e)
	if listen.calls != 1 {
		t.Errorf("%d callbacks", listen.calls)
	}
}

func TestListenersMayHaveATimeout(t *testing.T) {
	p := open(t, proactor.Config{})
	var e proactor.Event
	var o op
	o.c.SetTimeout(time.Millisecond)
	begin := time.Now()
	if err := p.OnTrigger(&o.c, &e, o.done); err != nil {
		t.Fatal(err)
	}
	wantIs(t, wait(t, p, &o).Err, proactor.ErrCanceled)
	if d := time.Since(begin); d < time.Millisecond {
		t.Errorf("ended after %v", d)
	}
	wantNoTimer := start(t, func(o *op) error { return p.OnTrigger(&o.c, &e, o.done) })
	p.Trigger(&e)
	wantN(t, wait(t, p, wantNoTimer), 0)
}

func TestEveryOperationReportsItsName(t *testing.T) {
	p := open(t, proactor.Config{})
	a, _ := testutil.SocketPair(t)
	testutil.Disown(t, a)
	wantN(t, do(t, p, func(o *op) error { return p.CloseFD(&o.c, a, o.done) }), 0)
	for name, submit := range operations(p, a) {
		r := do(t, p, submit)
		checkOpError(t, r.Err, name, a)
	}
}
